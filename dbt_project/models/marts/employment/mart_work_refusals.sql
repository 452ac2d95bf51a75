with offers as (
    select * from {{ ref('fct_job_offers') }}
),

enrolments as (
    select * from {{ ref('fct_enrolments') }}
),

households as (
    select * from {{ ref('fct_household_enrolments') }}
),

programmes as (
    select * from {{ ref('dim_programmes') }}
),

programme_indicators as (
    select * from {{ ref('dim_programme_indicators') }}
),

parameters as (
    select * from {{ ref('dim_parameters') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

-- Only valid numbers are matched; several refusals of one day are told one by one.
refusals as (
    select
        offers.person_key,
        offers.month,
        offers.offer_date,
        offers.offer_type_code,
        enrolments.programme_code,
        enrolments.household_key,
        enrolments.hukou_area_code,
        enrolments.residence_area_code,
        row_number() over (
            partition by offers.person_key, offers.offer_date, offers.offer_type_code
            order by programmes.sort_order, enrolments.household_key
        ) as choice
    from offers
    inner join enrolments
        on
            offers.person_key = enrolments.person_key
            and offers.month = enrolments.month
    inner join programmes
        on enrolments.programme_code = programmes.programme_code
    -- What refusals reduce is a share of a top-up: who is on a list without one has nothing to lose.
    inner join programme_indicators
        on
            enrolments.programme_code = programme_indicators.programme_code
            and programme_indicators.indicator_code = 'top_up'
            and programme_indicators.is_applicable
    where
        offers.is_counted_refusal
        and offers.id_status_code = 'valid'
        and enrolments.id_status_code = 'valid'
),

-- The last refusal of a month tells whether the month has a finding.
closing as (
    select
        person_key,
        month,
        programme_code,
        household_key,
        hukou_area_code,
        residence_area_code,
        max(offer_date) as last_refusal_date
    from refusals
    where choice = 1
    group by
        person_key,
        month,
        programme_code,
        household_key,
        hukou_area_code,
        residence_area_code
),

-- The parameter in force on that day, of the nearest area that has one of its own.
nearest as (
    select
        closing.person_key,
        closing.month,
        parameters.parameter_code,
        parameters.parameter_value,
        parameters.legal_basis,
        row_number() over (
            partition by closing.person_key, closing.month, parameters.parameter_code
            order by
                case when parameters.area_code is null then 1 else 0 end asc,
                ancestors.ancestor_level_rank asc,
                parameters.valid_from_date desc,
                parameters.parameter_value asc
        ) as nearness
    from closing
    inner join parameters
        on
            parameters.parameter_code in ('work_refusal_count', 'work_refusal_months')
            and coalesce(closing.last_refusal_date >= parameters.valid_from_date, true)
            and coalesce(closing.last_refusal_date <= parameters.valid_to_date, true)
    left join ancestors
        on
            closing.hukou_area_code = ancestors.area_code
            and parameters.area_code = ancestors.ancestor_area_code
    where parameters.area_code is null or ancestors.ancestor_area_code is not null
),

limits as (
    select
        person_key,
        month,
        max(case when parameter_code = 'work_refusal_count' then parameter_value end) as refusal_limit,
        max(case when parameter_code = 'work_refusal_months' then parameter_value end) as limit_months,
        max(case when parameter_code = 'work_refusal_count' then legal_basis end) as legal_basis
    from nearest
    where nearness = 1
    group by person_key, month
),

-- Three refusals within six months: the first less than six calendar months before the last. Refusals while the
-- person was on no programme do not count.
counted as (
    select
        closing.person_key,
        closing.month,
        count(*) as refusals_count,
        min(refusals.offer_date) as first_refusal_date
    from closing
    inner join limits
        on
            closing.person_key = limits.person_key
            and closing.month = limits.month
    inner join refusals
        on
            closing.person_key = refusals.person_key
            and refusals.choice = 1
            and closing.last_refusal_date >= refusals.offer_date
            and {{ months_before('closing.last_refusal_date', 'limits.limit_months') }} < refusals.offer_date
    group by closing.person_key, closing.month
),

final as (
    select
        closing.person_key,
        closing.month,
        closing.programme_code,
        closing.household_key,
        closing.hukou_area_code,
        closing.residence_area_code,
        counted.first_refusal_date,
        closing.last_refusal_date,
        cast(counted.refusals_count as bigint) as refusals_count,
        cast(limits.refusal_limit as bigint) as refusal_limit_count,
        cast(limits.limit_months as bigint) as limit_months_count,
        -- The person's own share of the top-up is what may be reduced or stopped.
        cast(households.entitlement_amount_yuan / nullif(households.enrolled_count, 0) as decimal(18, 2))
            as own_share_amount_yuan,
        limits.legal_basis
    from closing
    inner join counted
        on
            closing.person_key = counted.person_key
            and closing.month = counted.month
    inner join limits
        on
            closing.person_key = limits.person_key
            and closing.month = limits.month
    left join households
        on
            closing.household_key = households.household_key
            and closing.programme_code = households.programme_code
            and closing.month = households.month
    where counted.refusals_count >= limits.refusal_limit
)

select * from final
