with applications as (
    select * from {{ ref('int_applications__judged') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        applications.application_key,
        applications.person_key,
        applications.application_date,
        applications.decision_date,
        applications.decision_month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        applications.housing_aid_type_code,
        applications.housing_decision_code,
        applications.id_status_code,
        applications.member_count,
        applications.failed_criteria_count,
        applications.unmeasured_criteria_count,
        applications.is_rejected,
        applications.is_near_miss,
        applications.is_narrow_miss
    from applications
    left join mapped as hukou
        on
            applications.hukou_area_code = hukou.area_code
            and applications.report_month = hukou.month
    left join mapped as residence
        on
            applications.residence_area_code = residence.area_code
            and applications.report_month = residence.month
)

select * from final
