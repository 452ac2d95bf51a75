with trainings as (
    select * from {{ ref('stg_employment__trainings') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

-- A comparison is empty, not false, where nobody assessed, asked or followed up.
final as (
    select
        trainings.person_key,
        trainings.course_code,
        trainings.finished_date,
        cast(date_trunc('month', trainings.finished_date) as date) as month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        trainings.needed_course_code,
        trainings.wished_course_code,
        trainings.employment_result_code,
        coalesce(trainings.id_status_code, 'missing') as id_status_code,
        trainings.course_code = trainings.needed_course_code as is_need_matched,
        trainings.course_code = trainings.wished_course_code as is_wish_matched,
        trainings.employment_result_code = 'employed' as is_employed
    from trainings
    left join mapped as hukou
        on
            trainings.hukou_area_code = hukou.area_code
            and trainings.report_month = hukou.month
    left join mapped as residence
        on
            trainings.residence_area_code = residence.area_code
            and trainings.report_month = residence.month
    where trainings.is_current
)

select * from final
