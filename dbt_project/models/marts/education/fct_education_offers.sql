with offers as (
    select * from {{ ref('stg_education__education_offers') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        offers.person_key,
        offers.identified_date,
        cast(date_trunc('month', offers.identified_date) as date) as month,
        offers.offered_date,
        offers.answered_date,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        offers.school_stage_code,
        offers.identified_by_code,
        offers.offer_answer_code,
        offers.decline_reason_code,
        coalesce(offers.id_status_code, 'missing') as id_status_code
    from offers
    left join mapped as hukou
        on
            offers.hukou_area_code = hukou.area_code
            and offers.report_month = hukou.month
    left join mapped as residence
        on
            offers.residence_area_code = residence.area_code
            and offers.report_month = residence.month
    where offers.is_current
)

select * from final
