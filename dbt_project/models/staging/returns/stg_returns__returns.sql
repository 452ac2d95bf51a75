with source as (
    select * from {{ source('returns', 'returns') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.form_code,
        source.area_code,
        source.definition_name,
        source.household_count,
        source.person_count,
        source.female_count,
        source.elderly_count,
        source.minor_count,
        source.entered_count,
        source.exited_count,
        source.fund_amount_yuan,
        source.central_amount_yuan,
        source.province_amount_yuan,
        source.city_amount_yuan,
        source.district_amount_yuan,
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
        is_latest_version and {{ telling_rank(['form_code', 'report_month', 'area_code']) }} = 1 as is_current
    from versioned
)

select * from final
