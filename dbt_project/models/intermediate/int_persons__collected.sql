with members as (
    select * from {{ ref('int_members__judged') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

run as (
    select * from {{ ref('stg_deliveries__run') }}
),

age_bands as (
    select * from {{ ref('age_bands') }}
),

{% set feeds = [
    'stg_rosters__roster_members', 'stg_rosters__roster_households', 'stg_payments__payments',
    'stg_medical__settlements', 'stg_deaths__deaths', 'stg_custody__custody',
    'stg_residence__residence_registrations', 'stg_temporary__temporary_assistance',
    'stg_casework__verification_reports', 'stg_casework__recoveries',
    'stg_employment__trainings', 'stg_employment__job_offers', 'stg_employment__unemployment_registrations',
    'stg_disaster__disaster_grants', 'stg_disability__disabilities',
    'stg_cases__applications',
    'stg_education__education_offers', 'stg_education__education_aid',
    'stg_housing__housing_applications',
    'stg_services__referrals', 'stg_services__needs', 'stg_services__services', 'stg_staff__staff',
    'stg_reviews__reviews', 'stg_evidence__income_items', 'stg_aided__aided_events',
    'stg_misreports__misreports', 'stg_moves__hukou_moves', 'stg_wages__wages',
    'stg_charity__charity_grants', 'stg_platform__platform_records', 'stg_platform__platform_alerts',
    'stg_poverty__poverty_monitoring', 'stg_matching__death_notices', 'stg_matching__volunteer_visits',
    'stg_hardship__prisoner_children', 'stg_hardship__policy_notices', 'stg_complaints__complaints',
] -%}

-- Everybody whom any department has named: a fact's person is never unknown.
named as (
    {% for feed in feeds %}
        select
            person_key,
            id_status_code
        from {{ ref(feed) }}
        where is_current and person_key is not null
        union all
    {% endfor %}
    -- Whose child is listed is somebody, too; only valid numbers are taken of a parent.
    select
        parent_person_key as person_key,
        'valid' as id_status_code
    from {{ ref('stg_hardship__prisoner_children') }}
    where is_current and parent_person_key is not null
),

persons as (
    select
        person_key,
        -- A key made of a valid number is valid in every feed that has the number.
        coalesce(max(case when id_status_code = 'valid' then 'valid' end), min(id_status_code), 'missing')
            as id_status_code
    from named
    group by person_key
),

told as (
    select
        person_key,
        birth_month,
        sex_code,
        row_number() over (
            partition by person_key
            order by
                case when birth_month is null then 1 else 0 end asc,
                case when sex_code is null then 1 else 0 end asc,
                month desc,
                programme_code asc,
                household_key asc
        ) as choice
    from members
    where is_current
),

covered as (
    select
        person_key,
        min(month) as first_covered_month,
        max(month) as last_covered_month
    from enrolments
    group by person_key
),

aged as (
    select
        persons.person_key,
        persons.id_status_code,
        told.birth_month,
        told.sex_code,
        cast(floor({{ month_count('told.birth_month', 'run.business_month') }} / 12) as bigint) as age
    from persons
    cross join run
    left join told
        on
            persons.person_key = told.person_key
            and told.choice = 1
),

final as (
    select
        aged.person_key,
        aged.id_status_code,
        aged.birth_month,
        coalesce(age_bands.age_band_code, 'unknown') as age_band_code,
        aged.sex_code,
        covered.first_covered_month,
        covered.last_covered_month
    from aged
    left join age_bands
        on aged.age between age_bands.from_age and age_bands.to_age
    left join covered
        on aged.person_key = covered.person_key
)

select * from final
