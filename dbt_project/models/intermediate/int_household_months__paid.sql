with payments as (
    select * from {{ ref('int_payments__placed') }}
),

-- Money that arrived, by household and benefit month; the payments of one month stand in one place. What is topped up
-- is told apart from what everybody gets.
final as (
    select
        household_key,
        programme_code,
        benefit_month as month,
        min(hukou_area_code) as hukou_area_code,
        min(residence_area_code) as residence_area_code,
        sum(case when component_code = 'basic' then paid_amount_yuan else 0 end) as basic_amount_yuan,
        sum(paid_amount_yuan) as paid_amount_yuan
    from payments
    where is_successful
    group by household_key, programme_code, benefit_month
)

select * from final
