with source as (
    select * from {{ source('deliveries', 'extracts') }}
),

final as (
    select
        department_code,
        department_name,
        extract_name,
        extract_label,
        table_name,
        cadence_code,
        cadence_month_count,
        programme_code
    from source
)

select * from final
