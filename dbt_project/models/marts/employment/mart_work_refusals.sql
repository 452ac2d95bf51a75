with refusals as (
    select * from {{ ref('fct_work_refusals') }}
),

households as (
    select * from {{ ref('fct_household_enrolments') }}
),

-- The last day of a month tells: what was complete on an earlier one is part of it.
ranked as (
    select
        *,
        row_number() over (partition by person_key, month order by refusal_date desc) as recency
    from refusals
),

final as (
    select
        ranked.person_key,
        ranked.month,
        ranked.programme_code,
        ranked.household_key,
        ranked.hukou_area_code,
        ranked.residence_area_code,
        ranked.first_refusal_date,
        ranked.refusal_date as last_refusal_date,
        ranked.refusals_count,
        ranked.refusal_limit_count,
        ranked.limit_months_count,
        -- The person's own share of the top-up is what may be reduced or stopped.
        cast(households.entitlement_amount_yuan / nullif(households.enrolled_count, 0) as decimal(18, 2))
            as own_share_amount_yuan,
        ranked.legal_basis
    from ranked
    left join households
        on
            ranked.household_key = households.household_key
            and ranked.programme_code = households.programme_code
            and ranked.month = households.month
    where ranked.recency = 1
)

select * from final
