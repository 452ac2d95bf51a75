with offers as (
    select * from {{ ref('stg_employment__job_offers') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

reasons as (
    select * from {{ ref('refusal_reasons') }}
),

final as (
    select
        offers.person_key,
        offers.offer_date,
        offers.offer_type_code,
        cast(date_trunc('month', offers.offer_date) as date) as month,
        coalesce(mapped.mapped_area_code, 'unknown') as residence_area_code,
        offers.offer_result_code,
        offers.refusal_reason_code,
        coalesce(offers.id_status_code, 'missing') as id_status_code,
        offers.offer_result_code = 'refused' as is_refused,
        {{ is_refusal_counted('offers', 'reasons') }} as is_counted_refusal
    from offers
    left join mapped
        on
            offers.residence_area_code = mapped.area_code
            and offers.report_month = mapped.month
    left join reasons
        on offers.refusal_reason_code = reasons.refusal_reason_code
    where offers.is_current
)

select * from final
