with offers as (
    select * from {{ ref('int_education_offers__dated') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

-- A month whose register did not come is not told from the one after it.
told_months as (
    select distinct
        month,
        last_day(month) as month_end_date
    from deliveries
    where table_name = 'education_offers' and status_code = 'landed'
),

in_force as (
    select
        offers.*,
        told_months.month,
        told_months.month_end_date,
        coalesce(offers.offered_date <= told_months.month_end_date, false) as is_offered,
        coalesce(offers.answered_date <= told_months.month_end_date, false) as is_answered,
        row_number() over (
            partition by offers.person_key, told_months.month order by offers.identified_date desc
        ) as recency
    from offers
    inner join told_months
        on
            offers.identified_date <= told_months.month_end_date
            and offers.identified_lapse_date > told_months.month_end_date
),

identified as (
    select
        person_key,
        month,
        month_end_date,
        max(case when recency = 1 then identified_date end) as identified_date,
        max(case when recency = 1 then hukou_area_code end) as hukou_area_code,
        max(case when recency = 1 then residence_area_code end) as residence_area_code,
        bool_or(is_offered and not is_answered) as is_waiting,
        bool_or(offer_due_date <= month_end_date) as is_due
    from in_force
    group by person_key, month, month_end_date
),

-- What the family said last, in whichever term it was asked.
answered as (
    select
        identified.person_key,
        identified.month,
        offers.offer_answer_code,
        offers.answered_date,
        offers.decline_reason_code,
        offers.answer_lapse_date > identified.month_end_date as is_standing,
        row_number() over (
            partition by identified.person_key, identified.month
            order by offers.answered_date desc, offers.identified_date desc
        ) as recency
    from identified
    inner join offers
        on
            identified.person_key = offers.person_key
            and identified.month_end_date >= offers.answered_date
    where offers.offer_answer_code is not null
),

staged as (
    select
        identified.person_key,
        identified.month,
        identified.identified_date,
        identified.hukou_area_code,
        identified.residence_area_code,
        identified.is_due,
        answered.answered_date,
        answered.decline_reason_code,
        case
            when answered.is_standing then answered.offer_answer_code
            when identified.is_waiting then 'unanswered'
            else 'not_offered'
        end as education_stage_code
    from identified
    left join answered
        on
            identified.person_key = answered.person_key
            and identified.month = answered.month
            and answered.recency = 1
),

final as (
    select
        staged.person_key,
        staged.month,
        staged.identified_date,
        staged.answered_date,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        staged.education_stage_code,
        case when staged.education_stage_code = 'declined' then staged.decline_reason_code end as decline_reason_code,
        staged.education_stage_code = 'not_offered' and staged.is_due as is_offer_overdue
    from staged
    left join mapped as hukou
        on
            staged.hukou_area_code = hukou.area_code
            and staged.month = hukou.month
    left join mapped as residence
        on
            staged.residence_area_code = residence.area_code
            and staged.month = residence.month
)

select * from final
