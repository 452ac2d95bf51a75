with grants as (
    select * from {{ ref('stg_temporary__temporary_assistance') }}
),

charity_grants as (
    select * from {{ ref('stg_charity__charity_grants') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
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
            and days.given_date < cast(given.given_date + interval 12 month as date)
    group by days.person_key, days.given_date
),

limited as (
    select
        summed.*,
        {{ parameter('temporary_special_cap_standards') }} * (
            select max(standards.standard_amount_yuan)
            from standards
            where
                standards.is_current
                and standards.programme_code = 'dibao'
                and standards.effective_date <= summed.given_date
        ) as cap_amount_yuan
    from summed
),

-- Whoever is on a programme that the matrix caps together with temporary assistance, in the month of the last grant;
-- without any temporary assistance there is no pair.
final as (
    select
        limited.person_key,
        enrolments.household_key,
        enrolments.programme_code,
        enrolments.month,
        enrolments.hukou_area_code,
        enrolments.residence_area_code,
        limited.given_amount_yuan,
        max(limited.given_amount_yuan - limited.cap_amount_yuan) as overpaid_amount_yuan
    from limited
    inner join enrolments
        on
            limited.person_key = enrolments.person_key
            and cast(date_trunc('month', limited.given_date) as date) = enrolments.month
    inner join programme_pairs
        on
            enrolments.programme_code = programme_pairs.programme_code_a
            and programme_pairs.programme_code_b = 'temporary'
            and programme_pairs.relation_code = 'capped'
    where limited.temporary_amount_yuan > 0 and limited.given_amount_yuan > limited.cap_amount_yuan
    group by
        limited.person_key,
        enrolments.household_key,
        enrolments.programme_code,
        enrolments.month,
        enrolments.hukou_area_code,
        enrolments.residence_area_code,
        limited.given_amount_yuan
)

select * from final
