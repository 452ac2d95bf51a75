with judged as (
    select * from {{ ref('int_disabilities__judged') }}
),

final as (
    select
        person_key,
        month,
        disability_month,
        certified_date,
        hukou_area_code,
        residence_area_code,
        disability_type_code,
        disability_grade_code,
        id_status_code,
        is_severe,
        has_living_subsidy,
        has_care_subsidy,
        is_enrolled,
        has_any_benefit
    from judged
)

select * from final
