with payments as (
    select * from {{ ref('stg_payments__payments') }}
),

-- A transfer that the bank answers again in a later list (a success that came back) is what the last list says.
told as (
    select *
    from payments
    where is_current
),

attempted as (
    select
        *,
        row_number() over (
            partition by household_key, programme_code, component_code, benefit_month
            order by payment_date, report_month, payment_key
        ) as attempt_number,
        max(case when bank_result_code = 'success' then payment_date end) over (
            partition by household_key, programme_code, component_code, benefit_month
        ) as last_success_date
    from told
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
        cast(date_trunc('month', payment_date) as date) as payment_month,
        payment_date,
        paid_amount_yuan,
        bank_result_code,
        attempt_number,
        bank_result_code = 'success' as is_successful,
        -- Replaced by a later transfer that arrived: what failed is not owed any more.
        bank_result_code <> 'success' and coalesce(last_success_date >= payment_date, false) as is_replaced
    from attempted
)

select * from final
