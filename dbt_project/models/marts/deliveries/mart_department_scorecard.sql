with deliveries as (
    select * from {{ ref('fct_deliveries') }}
),

refused as (
    select * from {{ ref('fct_refused_files') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

-- What always replaces the whole owes no month; what comes irregularly owes none either, and is told when it comes.
owed as (
    select
        deliveries.*,
        coalesce(deliveries.cadence_code, 'irregular') <> 'irregular' as is_expected,
        deliveries.status_code <> 'missing' as has_arrived,
        deliveries.status_code = 'landed' as has_passed,
        deliveries.matched_areas_count + deliveries.unmatched_areas_count as named_areas_count
    from deliveries
    inner join months
        on deliveries.month = months.month
),

-- Of what was due in the business month, or of an extract that owes nothing in it.
told as (
    select
        coalesce(owed.department_code, refused.department_code) as department_code,
        coalesce(owed.extract_name, refused.extract_name) as extract_name,
        coalesce(owed.month, refused.month) as month,
        coalesce(owed.department_name, refused.department_name) as department_name,
        coalesce(owed.extract_label, refused.extract_label) as extract_label,
        coalesce(owed.cadence_code, refused.cadence_code) as cadence_code,
        coalesce(owed.is_expected, false) as is_expected,
        coalesce(owed.has_arrived, false) as has_arrived,
        owed.has_passed,
        owed.late_days_count,
        owed.unmet_count,
        coalesce(owed.is_restated, false) as is_restated,
        owed.read_count,
        owed.row_count,
        owed.rejected_count,
        owed.checked_ids_count,
        owed.valid_ids_count,
        owed.named_areas_count,
        owed.matched_areas_count,
        coalesce(refused.refused_files_count, 0) as refused_files_count
    from owed
    full outer join refused
        on
            owed.department_code = refused.department_code
            and owed.extract_name = refused.extract_name
            and owed.month = refused.month
),

final as (
    select
        department_code,
        extract_name,
        month,
        department_name,
        extract_label,
        cadence_code,
        is_expected,
        has_arrived,
        case
            when not has_arrived and not is_expected then 'refused'
            when not has_arrived then 'missing'
            when late_days_count > 0 then 'late'
            when late_days_count = 0 then 'on_time'
            else 'back_fill'
        end as timeliness_code,
        case when has_arrived then coalesce(late_days_count, 0) end as late_days_count,
        case when has_arrived then has_passed end as has_passed,
        unmet_count,
        is_restated,
        read_count,
        row_count,
        rejected_count,
        rejected_count / cast(nullif(row_count + rejected_count, 0) as double) as rejected_share,
        checked_ids_count,
        valid_ids_count / cast(nullif(checked_ids_count, 0) as double) as valid_ids_share,
        named_areas_count,
        matched_areas_count / cast(nullif(named_areas_count, 0) as double) as matched_areas_share,
        refused_files_count,
        case
            when not has_arrived then 'no_data'
            when has_passed and row_count + rejected_count = 0 then 'not_applicable'
            else 'ok'
        end as status
    from told
)

select * from final
