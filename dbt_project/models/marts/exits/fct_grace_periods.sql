with graces as (
    select * from {{ ref('int_grace__spelled') }}
),

final as (
    select
        household_key,
        programme_code,
        first_month,
        last_month,
        end_month,
        hukou_area_code,
        residence_area_code,
        month_count,
        previous_amount_yuan,
        has_prior_enrolment,
        is_continued
    from graces
)

select * from final
