{{ config(materialized='view') }}

with deaths as (
    select * from {{ ref('int_deaths__settled') }}
),

custody as (
    select * from {{ ref('int_custody__settled') }}
),

moves as (
    select * from {{ ref('stg_moves__hukou_moves') }}
),

refused as (
    select * from {{ ref('int_work_refusals__counted') }}
),

reviews as (
    select * from {{ ref('int_reviews__judged') }}
),

earned as (
    select * from {{ ref('int_households__earned') }}
),

run as (
    select * from {{ ref('stg_deliveries__run') }}
),

-- Away from the day on which the hukou left the district until the next move, which may bring it back.
moved as (
    select
        person_key,
        move_date,
        to_area_code,
        lead(move_date) over (partition by person_key order by move_date) as next_move_date
    from moves
    where is_current and id_status_code = 'valid'
),

-- A review that stops a household takes nothing back of what an earlier one found; it was looked at all the same.
reviewed as (
    select
        household_key,
        programme_code,
        done_date,
        review_result_code,
        valid_until_date,
        lead(done_date) over (
            partition by household_key, programme_code order by done_date, review_key
        ) as next_done_date,
        min(case when review_result_code <> 'stopped' then done_date end) over (
            partition by household_key, programme_code order by done_date, review_key
            rows between 1 following and unbounded following
        ) as next_finding_date
    from reviews
    where done_date is not null
),

-- Above the line as long as month follows month; the last month told may go on.
above as (
    select
        household_key,
        programme_code,
        min(month) as from_month,
        max(month) as until_month
    from (
        select
            household_key,
            programme_code,
            month,
            {{ month_count("date '2000-01-01'", 'month') }} - row_number() over (
                partition by household_key, programme_code order by month
            ) as island_number
        from earned
        where is_above_line
    ) as islands
    group by household_key, programme_code, island_number
),

last_told as (
    select max(month) as month from earned
),

-- Of a person, or of a household in a programme; over from `until_date` on. Whoever came after `since_date` was
-- approved anew, and what was found of a household before is no matter of his.
final as (
    select
        'death' as trigger_code,
        person_key,
        cast(null as uuid) as household_key,
        cast(null as varchar) as programme_code,
        death_date as since_date,
        death_date as from_date,
        cast(null as date) as until_date
    from deaths
    where id_status_code = 'valid'
    union all
    select
        'custody' as trigger_code,
        custody.person_key,
        null as household_key,
        null as programme_code,
        custody.custody_start_date as since_date,
        custody.custody_start_date as from_date,
        -- A release that is still to come ends nothing yet.
        case when custody.custody_end_date <= last_day(run.business_month) then custody.custody_end_date end
            as until_date
    from custody
    cross join run
    where custody.id_status_code = 'valid' and custody.custody_type_code = 'sentence'
    union all
    select
        'moved_away' as trigger_code,
        person_key,
        null as household_key,
        null as programme_code,
        move_date as since_date,
        move_date as from_date,
        next_move_date as until_date
    from moved
    where to_area_code = 'outside'
    union all
    select
        'work_refused' as trigger_code,
        person_key,
        null as household_key,
        null as programme_code,
        refusal_date as since_date,
        refusal_date as from_date,
        null as until_date
    from refused
    union all
    select
        'income_above_line' as trigger_code,
        null as person_key,
        above.household_key,
        above.programme_code,
        above.from_month as since_date,
        above.from_month as from_date,
        case
            when above.until_month < last_told.month then cast(above.until_month + interval 1 month as date)
        end as until_date
    from above
    cross join last_told
    union all
    select
        case review_result_code
            when 'assets' then 'assets_above_limit'
            when 'refused' then 'check_refused'
            else 'income_above_line'
        end as trigger_code,
        null as person_key,
        household_key,
        programme_code,
        done_date as since_date,
        done_date as from_date,
        next_finding_date as until_date
    from reviewed
    where review_result_code in ('income', 'assets', 'refused')
    union all
    select
        'validity_expired' as trigger_code,
        null as person_key,
        reviewed.household_key,
        reviewed.programme_code,
        reviewed.done_date as since_date,
        cast(reviewed.valid_until_date + interval 1 day as date) as from_date,
        reviewed.next_done_date as until_date
    from reviewed
    cross join run
    where
        reviewed.review_result_code in ('unchanged', 'adjusted')
        and reviewed.valid_until_date < last_day(run.business_month)
        and coalesce(reviewed.next_done_date > reviewed.valid_until_date, true)
)

select * from final
