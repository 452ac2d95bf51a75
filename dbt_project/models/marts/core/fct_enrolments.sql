with enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

final as (
    select
        person_key,
        programme_code,
        month,
        household_key,
        start_date,
        hukou_area_code,
        residence_area_code,
        age_band_code,
        hukou_type_code,
        member_status_code,
        id_status_code,
        is_single_person,
        is_in_several_households
    from enrolments
)

select * from final
