with reviews as (
    select * from {{ ref('int_reviews__judged') }}
),

final as (
    select
        review_key,
        household_key,
        person_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        due_date,
        done_date,
        review_result_code,
        valid_until_date,
        id_status_code,
        is_in_time
    from reviews
)

select * from final
