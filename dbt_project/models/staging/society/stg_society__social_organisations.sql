with source as (
    select * from {{ source('society', 'social_organisations') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.organisation_code,
        source.organisation_name,
        source.area_code,
        source.organisation_type_code,
        source.volunteer_count,
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
        is_latest_version and {{ telling_rank(['report_month', 'organisation_code']) }} = 1 as is_current
    from versioned
)

select * from final
