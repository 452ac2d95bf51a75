with eligible as (
    select * from {{ ref('int_eligible_programmes__answered') }}
),

final as (
    select
        person_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        reasons,
        standing_code,
        notified_date,
        notice_answer_code,
        source_count,
        severity_weight
    from eligible
)

select * from final
