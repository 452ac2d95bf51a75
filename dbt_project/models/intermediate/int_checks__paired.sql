with checks as (
    select * from {{ ref('int_checks__placed') }}
),

parameters as (
    select * from {{ ref('parameters') }}
),

visited as (
    select
        household_key,
        check_date as visit_date,
        is_hit
    from checks
    where check_type = 'visit' and is_conclusive
),

reported as (
    select
        report_key,
        household_key,
        check_date as report_date,
        is_hit
    from checks
    where check_type = 'report' and is_conclusive
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
