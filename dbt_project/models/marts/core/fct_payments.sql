with payments as (
    select * from {{ ref('int_payments__placed') }}
),

final as (
    select
        payment_key,
        household_key,
        person_key,
        account_key,
        programme_code,
        component_code,
        benefit_month,
        payment_month,
        payment_date,
        hukou_area_code,
        residence_area_code,
        bank_result_code,
        paid_amount_yuan,
        attempt_number,
        is_successful,
        is_replaced
    from payments
)

select * from final
