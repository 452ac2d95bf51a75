with trainings as (
    select * from {{ ref('int_trainings__placed') }}
),

final as (
    select
        person_key,
        course_code,
        finished_date,
        month,
        hukou_area_code,
        residence_area_code,
        needed_course_code,
        wished_course_code,
        employment_result_code,
        id_status_code,
        is_need_matched,
        is_wish_matched,
        is_employed
    from trainings
)

select * from final
