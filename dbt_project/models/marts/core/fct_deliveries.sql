with deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

final as (
    select
        department_code,
        extract_name,
        month,
        department_name,
        extract_label,
        table_name,
        cadence_code,
        programme_code,
        status_code,
        row_count,
        rejected_count,
        late_days_count,
        read_count,
        unmet_count,
        checked_ids_count,
        valid_ids_count,
        matched_areas_count,
        unmatched_areas_count,
        is_restated
    from deliveries
)

select * from final
