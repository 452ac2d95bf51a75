with students as (
    select * from {{ ref('int_students__staged') }}
),

final as (
    select
        person_key,
        month,
        identified_date,
        answered_date,
        hukou_area_code,
        residence_area_code,
        education_stage_code,
        decline_reason_code,
        is_offer_overdue
    from students
)

select * from final
