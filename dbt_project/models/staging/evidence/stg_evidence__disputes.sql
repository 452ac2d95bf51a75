with source as (
    select * from {{ source('evidence', 'disputes') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.dispute_key,
        source.income_item_key,
        source.lodged_date,
        source.dispute_outcome_code,
        source.closed_date,
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
        is_latest_version and {{ telling_rank(['dispute_key']) }} = 1 as is_current
    from versioned
)

select * from final
