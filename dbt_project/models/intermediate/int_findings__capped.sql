with grants as (
    select * from {{ ref('stg_temporary__temporary_assistance') }}
),

charity_grants as (
    select * from {{ ref('stg_charity__charity_grants') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

programme_pairs as (
    select * from {{ ref('programme_pairs') }}
),

standards as (
    select * from {{ ref('stg_standards__standards') }}
),

-- What is given once, by whichever department, on top of the monthly benefit.
given as (
    select
        person_key,
        decision_date as given_date,
        sum(grant_amount_yuan) as temporary_amount_yuan,
        sum(grant_amount_yuan) as given_amount_yuan
    from grants
    where is_current and id_status_code = 'valid'
    group by person_key, decision_date
    union all
    select
        person_key,
        granted_date as given_date,
        0 as temporary_amount_yuan,
        sum(grant_amount_yuan) as given_amount_yuan
    from charity_grants
    where is_current and id_status_code = 'valid'
    group by person_key, granted_date
),

days as (
    select distinct
        person_key,
        given_date
    from given
),

summed as (
    select
        days.person_key,
        days.given_date,
        sum(given.temporary_amount_yuan) as temporary_amount_yuan,
        sum(given.given_amount_yuan) as given_amount_yuan
    from days
    inner join given
        on
            days.person_key = given.person_key
            and days.given_date >= given.given_date
            and days.given_date < {{ months_after('given.given_date', parameter('temporary_cap_months')) }}
    group by days.person_key, days.given_date
),

limited as (
    select
        summed.person_key,
        summed.given_date,
        cast(date_trunc('month', summed.given_date) as date) as month,
        summed.temporary_amount_yuan,
        summed.given_amount_yuan,
        (
            select max(standards.standard_amount_yuan)
            from standards
            where
                standards.is_current
                and standards.programme_code = 'dibao'
                and standards.effective_date <= summed.given_date
        ) as standard_amount_yuan
    from summed
),

granted as (
    select
        person_key,
        decision_date,
        max(hukou_area_code) as hukou_area_code,
        max(residence_area_code) as residence_area_code
    from grants
    where is_current and id_status_code = 'valid'
    group by person_key, decision_date
),

-- Temporary assistance by itself: on the day of a grant, where that grant says he is registered and lives.
yearly as (
    select
        'above_yearly_sum' as rule_code,
        limited.person_key,
        cast(null as uuid) as household_key,
        'temporary' as programme_code,
        limited.month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        limited.temporary_amount_yuan as given_amount_yuan,
        {{ parameter('temporary_cap_standards') }} * limited.standard_amount_yuan as cap_amount_yuan
    from limited
    inner join granted
        on
            limited.person_key = granted.person_key
            and limited.given_date = granted.decision_date
    left join mapped as hukou
        on
            granted.hukou_area_code = hukou.area_code
            and limited.month = hukou.month
    left join mapped as residence
        on
            granted.residence_area_code = residence.area_code
            and limited.month = residence.month
),

-- Whoever is on a programme that the matrix caps together with temporary assistance, in the month of the last grant;
-- without any temporary assistance there is no pair.
special as (
    select
        'above_special_sum' as rule_code,
        limited.person_key,
        enrolments.household_key,
        enrolments.programme_code,
        enrolments.month,
        enrolments.hukou_area_code,
        enrolments.residence_area_code,
        limited.given_amount_yuan,
        min({{ parameter('temporary_special_cap_standards') }} * limited.standard_amount_yuan) as cap_amount_yuan
    from limited
    inner join enrolments
        on
            limited.person_key = enrolments.person_key
            and limited.month = enrolments.month
    inner join programme_pairs
        on
            enrolments.programme_code = programme_pairs.programme_code_a
            and programme_pairs.programme_code_b = 'temporary'
            and programme_pairs.relation_code = 'capped'
    where limited.temporary_amount_yuan > 0
    group by
        limited.person_key,
        enrolments.household_key,
        enrolments.programme_code,
        enrolments.month,
        enrolments.hukou_area_code,
        enrolments.residence_area_code,
        limited.given_amount_yuan
),

final as (
    select * from yearly
    where given_amount_yuan > cap_amount_yuan
    union all
    select * from special
    where given_amount_yuan > cap_amount_yuan
)

select * from final
