with enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

members as (
    select * from {{ ref('int_members__judged') }}
),

-- Only months that have their roster count: a spell runs across a month that was never delivered.
rostered as (
    select
        enrolments.*,
        programme_months.roster_number,
        programme_months.previous_roster_month
    from enrolments
    inner join programme_months
        on
            enrolments.programme_code = programme_months.programme_code
            and enrolments.month = programme_months.month
            and programme_months.has_roster
),

-- Months that follow each other on the roster share the difference of the two numbers.
islands as (
    select
        *,
        roster_number - row_number() over (
            partition by person_key, programme_code order by roster_number
        ) as island_number
    from rostered
),

bounded as (
    select
        person_key,
        programme_code,
        min(month) as entry_month,
        max(month) as last_month,
        min(roster_number) as first_roster_number,
        max(roster_number) as last_roster_number,
        count(*) as covered_month_count
    from islands
    group by person_key, programme_code, island_number
),

numbered as (
    select
        *,
        row_number() over (partition by person_key, programme_code order by entry_month) as spell_number
    from bounded
),

exited as (
    select
        numbered.*,
        exit_months.month as exit_month
    from numbered
    left join programme_months as exit_months
        on
            numbered.programme_code = exit_months.programme_code
            and numbered.last_roster_number + 1 = exit_months.roster_number
),

-- How the person stands on the roster before the spell and after it, where the row is still listed.
listed as (
    select
        *,
        row_number() over (
            partition by person_key, programme_code, month
            order by case when is_enrolled then 0 else 1 end asc, end_date desc nulls last, household_key asc
        ) as choice
    from members
    where is_current and not is_covered
),

final as (
    select
        exited.person_key,
        exited.programme_code,
        exited.spell_number,
        exited.entry_month,
        exited.last_month,
        exited.exit_month,
        case
            when exited.spell_number = 1 or first_rows.start_date > last_day(first_rows.previous_roster_month)
                then first_rows.start_date
        end as entry_date,
        exits.end_date as exit_date,
        case
            when exited.first_roster_number = 1 then null
            when exited.spell_number = 1 then 'new'
            when befores.member_status_code = 'suspended' then 'resumed'
            else 'returned'
        end as entry_reason_code,
        case
            when exited.exit_month is null then null
            when exits.person_key is null then 'unlisted'
            when exits.member_status_code = 'suspended' then 'suspended'
            when exits.end_reason_code is not null then exits.end_reason_code
            when not exits.is_enrolled then 'unenrolled'
            else 'unstated'
        end as exit_reason_code,
        first_rows.household_key,
        first_rows.hukou_area_code as entry_hukou_area_code,
        first_rows.residence_area_code as entry_residence_area_code,
        last_rows.hukou_area_code as last_hukou_area_code,
        last_rows.residence_area_code as last_residence_area_code,
        exited.covered_month_count,
        exited.first_roster_number > 1 as is_entry_observed
    from exited
    inner join rostered as first_rows
        on
            exited.person_key = first_rows.person_key
            and exited.programme_code = first_rows.programme_code
            and exited.entry_month = first_rows.month
    inner join rostered as last_rows
        on
            exited.person_key = last_rows.person_key
            and exited.programme_code = last_rows.programme_code
            and exited.last_month = last_rows.month
    left join listed as befores
        on
            exited.person_key = befores.person_key
            and exited.programme_code = befores.programme_code
            and first_rows.previous_roster_month = befores.month
            and befores.choice = 1
    left join listed as exits
        on
            exited.person_key = exits.person_key
            and exited.programme_code = exits.programme_code
            and exited.exit_month = exits.month
            and exits.choice = 1
)

select * from final
