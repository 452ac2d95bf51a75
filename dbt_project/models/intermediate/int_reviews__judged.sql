with reviews as (
    select * from {{ ref('stg_reviews__reviews') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

-- A review is told again in the month in which it is done: the last telling counts.
final as (
    select
        reviews.review_key,
        reviews.household_key,
        reviews.person_key,
        reviews.programme_code,
        cast(date_trunc('month', reviews.due_date) as date) as month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        reviews.due_date,
        reviews.done_date,
        reviews.review_result_code,
        reviews.valid_until_date,
        coalesce(reviews.id_status_code, 'missing') as id_status_code,
        coalesce(reviews.done_date <= reviews.due_date, false) as is_in_time
    from reviews
    left join mapped as hukou
        on
            reviews.hukou_area_code = hukou.area_code
            and reviews.report_month = hukou.month
    left join mapped as residence
        on
            reviews.residence_area_code = residence.area_code
            and reviews.report_month = residence.month
    where reviews.is_current
)

select * from final
