with offers as (
    select * from {{ ref('stg_employment__job_offers') }}
),

reasons as (
    select * from {{ ref('refusal_reasons') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

programmes as (
    select * from {{ ref('programmes') }}
),

programme_indicators as (
    select * from {{ ref('programme_indicators') }}
),

parameters as (
    select * from {{ ref('parameters') }}
),

ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

-- Only valid numbers are matched; several refusals of one day are told one by one.
refusals as (
    select
        offers.person_key,
        offers.offer_date as refusal_date,
        enrolments.month,
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
            and cast(date_trunc('month', offers.offer_date) as date) = enrolments.month
    inner join programmes
        on enrolments.programme_code = programmes.programme_code
    -- What refusals reduce is a share of a top-up: who is on a list without one has nothing to lose.
    inner join programme_indicators
        on
            enrolments.programme_code = programme_indicators.programme_code
            and programme_indicators.indicator_code = 'top_up'
            and programme_indicators.is_applicable
    left join reasons
        on offers.refusal_reason_code = reasons.refusal_reason_code
    where
        offers.is_current
        and {{ is_refusal_counted('offers', 'reasons') }}
        and offers.id_status_code = 'valid'
        and enrolments.id_status_code = 'valid'
),

days as (
    select distinct
        person_key,
        refusal_date,
        month,
        programme_code,
        household_key,
        hukou_area_code,
        residence_area_code
    from refusals
    where choice = 1
),

-- The parameter in force on that day, of the nearest area that has one of its own.
nearest as (
    select
        days.person_key,
        days.refusal_date,
        parameters.parameter_code,
        parameters.parameter_value,
        parameters.legal_basis,
        row_number() over (
            partition by days.person_key, days.refusal_date, parameters.parameter_code
            order by
                case when parameters.area_code is null then 1 else 0 end asc,
                ancestors.ancestor_level_rank asc,
                parameters.valid_from_date desc,
                parameters.parameter_value asc
        ) as nearness
    from days
    inner join parameters
        on
            parameters.parameter_code in ('work_refusal_count', 'work_refusal_months')
            and coalesce(days.refusal_date >= parameters.valid_from_date, true)
            and coalesce(days.refusal_date <= parameters.valid_to_date, true)
    left join ancestors
        on
            days.hukou_area_code = ancestors.area_code
            and parameters.area_code = ancestors.ancestor_area_code
    where parameters.area_code is null or ancestors.ancestor_area_code is not null
),

limits as (
    select
        person_key,
        refusal_date,
        max(case when parameter_code = 'work_refusal_count' then parameter_value end) as refusal_limit,
        max(case when parameter_code = 'work_refusal_months' then parameter_value end) as limit_months,
        max(case when parameter_code = 'work_refusal_count' then legal_basis end) as legal_basis
    from nearest
    where nearness = 1
    group by person_key, refusal_date
),

-- Three refusals within six months: the first less than six calendar months before the last. Refusals while the
-- person was on no programme do not count.
counted as (
    select
        days.person_key,
        days.refusal_date,
        count(*) as refusals_count,
        min(refusals.refusal_date) as first_refusal_date
    from days
    inner join limits
        on
            days.person_key = limits.person_key
            and days.refusal_date = limits.refusal_date
    inner join refusals
        on
            days.person_key = refusals.person_key
            and refusals.choice = 1
            and days.refusal_date >= refusals.refusal_date
            and {{ months_before('days.refusal_date', 'limits.limit_months') }} < refusals.refusal_date
    group by days.person_key, days.refusal_date
),

final as (
    select
        days.person_key,
        days.refusal_date,
        days.month,
        days.programme_code,
        days.household_key,
        days.hukou_area_code,
        days.residence_area_code,
        counted.first_refusal_date,
        counted.refusals_count,
        limits.refusal_limit,
        limits.limit_months,
        limits.legal_basis
    from days
    inner join counted
        on
            days.person_key = counted.person_key
            and days.refusal_date = counted.refusal_date
    inner join limits
        on
            days.person_key = limits.person_key
            and days.refusal_date = limits.refusal_date
    where counted.refusals_count >= limits.refusal_limit
)

select * from final
