with source as (
    select * from {{ source('housing', 'housing_applications') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.application_key,
        source.person_key,
        source.id_status_code,
        source.hukou_area_code,
        source.residence_area_code,
        source.application_date,
        source.housing_aid_type_code,
        source.housing_decision_code,
        source.decision_date,
        source.member_count,
        source.income_per_head_yuan,
        source.assets_per_head_yuan,
        source.floor_area_per_head_sqm,
        source.local_months_count,
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
        is_latest_version and {{ telling_rank(['application_key']) }} = 1 as is_current
    from versioned
)

select * from final
