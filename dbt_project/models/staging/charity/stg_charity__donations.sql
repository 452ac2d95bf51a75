with source as (
    select * from {{ source('charity', 'donations') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.donation_key,
        source.donor_key,
        source.donor_type_code,
        source.donor_area_code,
        source.donated_date,
        source.donation_status_code,
        source.purpose_code,
        source.project_no,
        source.spent_area_code,
        source.donation_amount_yuan,
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
        is_latest_version and {{ telling_rank(['donation_key']) }} = 1 as is_current
    from versioned
)

select * from final
