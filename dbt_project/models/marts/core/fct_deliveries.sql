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
        is_restated
    from deliveries
)

select * from final
