with aid as (
    select * from {{ ref('stg_education__education_aid') }}
),

offers as (
    select * from {{ ref('int_education_offers__dated') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

matched as (
    select
        aid.aid_key,
        offers.offer_answer_code,
        offers.answered_date,
        offers.answered_date <= aid.paid_date and offers.answer_lapse_date > aid.paid_date as is_standing,
        offers.identified_date <= aid.paid_date and offers.identified_lapse_date > aid.paid_date as is_identified,
        row_number() over (
            partition by aid.aid_key
            order by
                case when offers.answered_date <= aid.paid_date then 0 else 1 end asc,
                offers.answered_date desc,
                offers.identified_date desc
        ) as recency
    from aid
    inner join offers
        on aid.person_key = offers.person_key
    -- Only valid ID numbers are matched.
    where aid.is_current and aid.id_status_code = 'valid' and offers.id_status_code = 'valid'
),

-- The register on the day of the payment: identified or not, and what the family had said last.
judged as (
    select
        aid_key,
        bool_or(is_identified) as is_identified,
        bool_or(recency = 1 and offer_answer_code = 'declined' and is_standing) as is_declined,
        max(case when recency = 1 then answered_date end) as answered_date
    from matched
    group by aid_key
),

final as (
    select
        aid.aid_key,
        aid.person_key,
        aid.paid_date,
        cast(date_trunc('month', aid.paid_date) as date) as month,
        case when judged.is_declined then judged.answered_date end as declined_date,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        aid.education_aid_type_code,
        coalesce(aid.id_status_code, 'missing') as id_status_code,
        aid.aid_amount_yuan,
        case when aid.id_status_code = 'valid' then coalesce(judged.is_identified, false) end as is_identified,
        case when aid.id_status_code = 'valid' then coalesce(judged.is_declined, false) end as is_declined
    from aid
    left join mapped as hukou
        on
            aid.hukou_area_code = hukou.area_code
            and aid.report_month = hukou.month
    left join mapped as residence
        on
            aid.residence_area_code = residence.area_code
            and aid.report_month = residence.month
    left join judged
        on aid.aid_key = judged.aid_key
    where aid.is_current
)

select * from final
