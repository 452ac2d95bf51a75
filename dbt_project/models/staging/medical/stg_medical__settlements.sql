with source as (
    select * from {{ source('medical', 'settlements') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.settlement_key,
        source.person_key,
        source.id_status_code,
        source.service_date,
        source.settlement_date,
        source.patient_type_code,
        source.total_amount_yuan,
        source.in_scope_amount_yuan,
        source.basic_amount_yuan,
        source.serious_illness_amount_yuan,
        source.medical_assistance_amount_yuan,
        source.other_amount_yuan,
        source.self_paid_amount_yuan,
        source.backstop_amount_yuan,
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
        is_latest_version and {{ telling_rank(['settlement_key']) }} = 1 as is_current
    from versioned
)

select * from final
