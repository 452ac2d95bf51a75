with extracts as (
    select * from {{ ref('stg_deliveries__extracts') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

held as (
    select
        department_code,
        extract_name,
        report_month as month,
        max(unmet_count) as unmet_count
    from deliveries
    where status_code = 'held' and report_month is not null
    group by department_code, extract_name, report_month
),

-- Late is what came late first: a correction of what came in time is not.
arrivals as (
    select
        department_code,
        extract_name,
        report_month as month,
        min(late_days_count) as late_days_count
    from deliveries
    group by department_code, extract_name, report_month
),

first_landed as (
    select
        department_code,
        extract_name,
        min(report_month) as first_month
    from deliveries
    where is_latest_version and report_month is not null
    group by department_code, extract_name
),

expected as (
    select
        extracts.department_code,
        extracts.extract_name,
        months.month
    from extracts
    inner join first_landed
        on
            extracts.department_code = first_landed.department_code
            and extracts.extract_name = first_landed.extract_name
    inner join months
        on
            first_landed.first_month <= months.month
            and mod({{ month_count('first_landed.first_month', 'months.month') }}, extracts.cadence_month_count) = 0
    union
    select
        department_code,
        extract_name,
        month
    from held
),

landed as (
    select
        department_code,
        extract_name,
        report_month as month,
        'landed' as status_code,
        row_count,
        rejected_count,
        read_count,
        unmet_count,
        checked_ids_count,
        valid_ids_count,
        matched_areas_count,
        unmatched_areas_count,
        version_count > 1 as is_restated
    from deliveries
    where is_latest_version
),

open_months as (
    select
        expected.department_code,
        expected.extract_name,
        expected.month,
        case when held.month is null then 'missing' else 'held' end as status_code,
        cast(null as bigint) as row_count,
        cast(null as bigint) as rejected_count,
        cast(null as bigint) as read_count,
        held.unmet_count,
        cast(null as bigint) as checked_ids_count,
        cast(null as bigint) as valid_ids_count,
        cast(null as bigint) as matched_areas_count,
        cast(null as bigint) as unmatched_areas_count,
        false as is_restated
    from expected
    left join landed
        on
            expected.department_code = landed.department_code
            and expected.extract_name = landed.extract_name
            and expected.month = landed.month
    left join held
        on
            expected.department_code = held.department_code
            and expected.extract_name = held.extract_name
            and expected.month = held.month
    where landed.month is null
),

every_month as (
    select * from landed
    union all
    select * from open_months
),

final as (
    select
        every_month.department_code,
        coalesce(extracts.department_name, every_month.department_code) as department_name,
        every_month.extract_name,
        coalesce(extracts.extract_label, every_month.extract_name) as extract_label,
        every_month.month,
        extracts.table_name,
        extracts.cadence_code,
        extracts.programme_code,
        every_month.status_code,
        every_month.row_count,
        every_month.rejected_count,
        arrivals.late_days_count,
        every_month.read_count,
        every_month.unmet_count,
        every_month.checked_ids_count,
        every_month.valid_ids_count,
        every_month.matched_areas_count,
        every_month.unmatched_areas_count,
        every_month.is_restated
    from every_month
    left join extracts
        on
            every_month.department_code = extracts.department_code
            and every_month.extract_name = extracts.extract_name
    left join arrivals
        on
            every_month.department_code = arrivals.department_code
            and every_month.extract_name = arrivals.extract_name
            and every_month.month = arrivals.month
)

select * from final
