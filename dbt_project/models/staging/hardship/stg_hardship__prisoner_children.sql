with source as (
    select * from {{ source('hardship', 'prisoner_children') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.person_key,
        source.parent_person_key,
        source.id_status_code,
        source.hukou_area_code,
        source.residence_area_code,
        source.custody_since_date,
        source.caregiver_code,
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
        is_latest_version and {{ telling_rank(['report_month', 'person_key']) }} = 1 as is_current
    from versioned
)

select * from final
