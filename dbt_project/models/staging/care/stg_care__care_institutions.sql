with source as (
    select * from {{ source('care', 'care_institutions') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.institution_code,
        source.institution_name,
        source.area_code,
        source.ownership_code,
        source.bed_count,
        source.nursing_bed_count,
        source.care_staff_count,
        source.certified_staff_count,
        source.elder_count,
        source.monthly_price_yuan,
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
        is_latest_version and {{ telling_rank(['report_month', 'institution_code']) }} = 1 as is_current
    from versioned
)

select * from final
