with source as (
    select * from {{ source('evidence', 'income_items') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.income_item_key,
        source.household_key,
        source.person_key,
        source.id_status_code,
        source.programme_code,
        source.hukou_area_code,
        source.residence_area_code,
        source.declared_date,
        source.income_type_code,
        source.income_source_code,
        source.declared_amount_yuan,
        source.income_verification_code,
        source.verified_amount_yuan,
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
        is_latest_version and {{ telling_rank(['income_item_key']) }} = 1 as is_current
    from versioned
)

select * from final
