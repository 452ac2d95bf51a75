with households as (
    select * from {{ ref('int_households__judged') }}
),

months as (
    select * from {{ ref('int_programme_months') }}
),

numbered as (
    select
        households.*,
        months.roster_number
    from households
    inner join months
        on
            households.programme_code = months.programme_code
            and households.month = months.month
),

-- Months of 渐退 that follow each other on the roster share the difference of the two numbers.
islands as (
    select
        *,
        roster_number - row_number() over (
            partition by household_key, programme_code order by roster_number
        ) as island_number
    from numbered
    where household_status_code = 'grace'
),

spelled as (
    select
        household_key,
        programme_code,
        min(month) as first_month,
        max(month) as last_month,
        max(head_person_key) as head_person_key,
        max(start_date) as start_date
    from islands
    group by household_key, programme_code, island_number
),

befores as (
    select
        spelled.household_key,
        spelled.programme_code,
        spelled.first_month,
        households.entitlement_amount_yuan,
        row_number() over (
            partition by spelled.household_key, spelled.programme_code, spelled.first_month
            order by households.month desc
        ) as recency
    from spelled
    inner join households
        on
            spelled.household_key = households.household_key
            and spelled.programme_code = households.programme_code
            and spelled.first_month > households.month
            and households.is_covered
            and coalesce(households.household_status_code, 'active') = 'active'
),

-- The first roster after it: only then it is known that it is over.
ends as (
    select
        spelled.household_key,
        spelled.programme_code,
        spelled.first_month,
        min(months.month) as end_month
    from spelled
    inner join months
        on
            spelled.programme_code = months.programme_code
            and spelled.last_month < months.month
            and months.has_household_roster
    group by spelled.household_key, spelled.programme_code, spelled.first_month
),

final as (
    select
        spelled.household_key,
        spelled.programme_code,
        spelled.first_month,
        spelled.last_month,
        ends.end_month,
        spelled.head_person_key as person_key,
        last_rows.hukou_area_code,
        last_rows.residence_area_code,
        cast({{ month_count('spelled.first_month', 'spelled.last_month') }} + 1 as bigint) as month_count,
        befores.entitlement_amount_yuan as previous_amount_yuan,
        -- Whoever was approved before the first roster that is here may well have had 低保.
        befores.recency is not null or spelled.start_date < spelled.first_month as has_prior_enrolment,
        coalesce(after_rows.is_covered, false) as is_continued
    from spelled
    inner join households as last_rows
        on
            spelled.household_key = last_rows.household_key
            and spelled.programme_code = last_rows.programme_code
            and spelled.last_month = last_rows.month
    left join befores
        on
            spelled.household_key = befores.household_key
            and spelled.programme_code = befores.programme_code
            and spelled.first_month = befores.first_month
            and befores.recency = 1
    left join ends
        on
            spelled.household_key = ends.household_key
            and spelled.programme_code = ends.programme_code
            and spelled.first_month = ends.first_month
    left join households as after_rows
        on
            spelled.household_key = after_rows.household_key
            and spelled.programme_code = after_rows.programme_code
            and ends.end_month = after_rows.month
)

select * from final
