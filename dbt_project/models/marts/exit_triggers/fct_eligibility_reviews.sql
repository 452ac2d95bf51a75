with reviews as (
    select * from {{ ref('stg_eligibility__eligibility_reviews') }}
),

final as (
    select
        household_key,
        programme_code,
        review_date,
        cast(date_trunc('month', review_date) as date) as month,
        review_result_code,
        valid_until_date
    from reviews
    where is_current
)

select * from final
