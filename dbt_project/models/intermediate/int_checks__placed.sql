with visits as (
    select * from {{ ref('stg_casework__visits') }}
),

reports as (
    select * from {{ ref('stg_casework__verification_reports') }}
),

households as (
    select * from {{ ref('int_households__collected') }}
),

check_results as (
    select * from {{ ref('check_results') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

visited as (
    select
        'visit' as check_type,
        cast(null as uuid) as report_key,
        visits.household_key,
        cast(null as uuid) as person_key,
        visits.visit_date as check_date,
        visits.visit_result_code as result_code,
        places.mapped_area_code as area_code
    from visits
    left join mapped as places
        on
            visits.area_code = places.area_code
            and visits.report_month = places.month
    where visits.is_current
),

-- A report names no place; it is told where the household lives, else where it is registered, under the code in force.
reported as (
    select
        'report' as check_type,
        reports.report_key,
        reports.household_key,
        reports.person_key,
        reports.report_date as check_date,
        reports.verification_result_code as result_code,
        places.mapped_area_code as area_code
    from reports
    left join households
        on reports.household_key = households.household_key
    left join mapped as places
        on
            {{ home_of('households') }} = places.area_code
            and cast(date_trunc('month', reports.report_date) as date) = places.month
    where reports.is_current
),

checked as (
    select * from visited
    union all
    select * from reported
),

final as (
    select
        checked.check_type,
        checked.report_key,
        checked.household_key,
        checked.person_key,
        checked.check_date,
        cast(date_trunc('month', checked.check_date) as date) as month,
        checked.result_code,
        coalesce(checked.area_code, 'unknown') as area_code,
        coalesce(check_results.is_conclusive, false) as is_conclusive,
        coalesce(check_results.is_hit, false) as is_hit
    from checked
    left join check_results
        on
            checked.check_type = check_results.check_type
            and checked.result_code = check_results.result_code
)

select * from final
