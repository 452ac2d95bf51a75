with settlements as (
    select * from {{ ref('int_settlements__matched') }}
),

final as (
    select
        settlement_key,
        person_key,
        household_key,
        programme_code,
        service_month,
        service_date,
        settlement_date,
        patient_type_code,
        id_status_code,
        hukou_area_code,
        residence_area_code,
        total_amount_yuan,
        in_scope_amount_yuan,
        basic_amount_yuan,
        serious_illness_amount_yuan,
        medical_assistance_amount_yuan,
        other_amount_yuan,
        self_paid_amount_yuan,
        backstop_amount_yuan
    from settlements
)

select * from final
