with source as (
    select * from {{ source('complaints', 'complaints') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.complaint_key,
        source.person_key,
        source.id_status_code,
        source.complaint_type_code,
        source.area_code,
        source.received_date,
        source.closed_date,
        source.is_substantiated,
        source.satisfaction_code,
        source.report_month,
        source.department_code,
        deliveries.extract_name,
        source.delivery_id,
        source.delivery_sequence,
        source.source_sheet,
        source.source_row_number,
        deliveries.is_latest_version,
        deliveries.is_first_version
    from source
    inner join deliveries
        on
            source.delivery_id = deliveries.delivery_id
            and source.report_month is not distinct from deliveries.report_month
),

final as (
    select
        *,
        is_latest_version and {{ telling_rank(['complaint_key']) }} = 1 as is_current
    from versioned
)

select * from final
