with visits as (
    select * from {{ ref('stg_casework__visits') }}
),

reports as (
    select * from {{ ref('stg_casework__verification_reports') }}
),

check_results as (
    select * from {{ ref('check_results') }}
),

parameters as (
    select * from {{ ref('parameters') }}
),

visited as (
    select
        visits.household_key,
        visits.visit_date,
        check_results.is_hit
    from visits
    inner join check_results
        on
            check_results.check_type = 'visit'
            and visits.visit_result_code = check_results.result_code
    where visits.is_current and check_results.is_conclusive
),

reported as (
    select
        reports.report_key,
        reports.household_key,
        reports.report_date,
        check_results.is_hit
    from reports
    inner join check_results
        on
            check_results.check_type = 'report'
            and reports.verification_result_code = check_results.result_code
    where reports.is_current and check_results.is_conclusive
),

-- The limit of the later day of the two holds; a report is held against the nearest visit, the earlier one of two.
near as (
    select
        reported.report_key,
        reported.household_key,
        reported.report_date,
        visited.visit_date,
        greatest(reported.report_date, visited.visit_date) as paired_date,
        visited.is_hit as is_visit_hit,
        reported.is_hit as is_report_hit,
        {{ day_count('visited.visit_date', 'reported.report_date') }} as day_count
    from reported
    inner join visited
        on reported.household_key = visited.household_key
),

chosen as (
    select
        near.*,
        row_number() over (
            partition by near.report_key order by abs(near.day_count) asc, near.visit_date asc
        ) as choice
    from near
    inner join parameters
        on
            parameters.parameter_code = 'check_pair_days'
            and parameters.area_code is null
            and coalesce(near.paired_date >= parameters.valid_from_date, true)
            and coalesce(near.paired_date <= parameters.valid_to_date, true)
            and abs(near.day_count) <= parameters.parameter_value
),

final as (
    select
        report_key,
        household_key,
        report_date,
        visit_date,
        paired_date,
        cast(date_trunc('month', paired_date) as date) as month,
        cast(abs(day_count) as bigint) as day_count,
        is_visit_hit,
        is_report_hit,
        is_visit_hit <> is_report_hit as is_disagreement
    from chosen
    where choice = 1
)

select * from final
