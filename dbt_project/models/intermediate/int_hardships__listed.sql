{% set lists = [
    'disabled', 'patients', 'unemployed', 'students', 'tenants', 'sufferers', 'children', 'grantees', 'monitored', 'alerted',
] -%}

with lists as (
    select * from {{ ref('hardship_lists') }}
),

told as (
    select * from {{ ref('int_hardship_lists__told') }}
    where is_told
),

grades as (
    select * from {{ ref('disability_grades') }}
),

standards as (
    select * from {{ ref('stg_standards__standards') }}
    where is_current and programme_code = 'dibao'
),

-- One row a listing: who, in which month, and how much of what the list's threshold counts.
disabled as (
    select
        disabilities.person_key,
        disabilities.report_month as month,
        'disability_severe' as list_code,
        cast(null as varchar) as evidence_code,
        1 as listed_value
    from {{ ref('stg_disability__disabilities') }} as disabilities
    inner join grades
        on disabilities.disability_grade_code = grades.disability_grade_code
    where
        disabilities.is_current
        and disabilities.id_status_code = 'valid'
        and grades.is_severe
        and not disabilities.has_living_subsidy
        and not disabilities.has_care_subsidy
),

patients as (
    select
        person_key,
        service_month as month,
        'medical_burden' as list_code,
        null as evidence_code,
        self_paid_amount_yuan - backstop_amount_yuan as listed_value
    from {{ ref('int_settlements__matched') }}
    where id_status_code = 'valid'
),

unemployed as (
    select
        person_key,
        report_month as month,
        'unemployed_uninsured' as list_code,
        null as evidence_code,
        1 as listed_value
    from {{ ref('stg_employment__unemployment_registrations') }}
    where is_current and id_status_code = 'valid' and not is_insured
),

identified as (
    select distinct person_key
    from {{ ref('stg_education__education_offers') }}
    where is_current and id_status_code = 'valid'
),

students as (
    select
        staged.person_key,
        staged.month,
        'student_hardship' as list_code,
        null as evidence_code,
        1 as listed_value
    from {{ ref('int_students__staged') }} as staged
    inner join identified
        on staged.person_key = identified.person_key
),

-- Applicants at or below the line of 低边 on the day they applied.
tenants as (
    select
        applications.person_key,
        cast(date_trunc('month', applications.application_date) as date) as month,
        'low_income_tenant' as list_code,
        null as evidence_code,
        1 as listed_value
    from {{ ref('stg_housing__housing_applications') }} as applications
    where
        applications.is_current
        and applications.id_status_code = 'valid'
        and applications.income_per_head_yuan <= {{ parameter('dibian_line_ratio') }} * (
            select max(standards.standard_amount_yuan)
            from standards
            where standards.effective_date <= applications.application_date
        )
),

sufferers as (
    select
        person_key,
        cast(date_trunc('month', grant_date) as date) as month,
        'disaster_loss' as list_code,
        null as evidence_code,
        disaster_grant_amount_yuan as listed_value
    from {{ ref('stg_disaster__disaster_grants') }}
    where is_current and id_status_code = 'valid'
),

children as (
    select
        person_key,
        report_month as month,
        'prisoner_child' as list_code,
        null as evidence_code,
        1 as listed_value
    from {{ ref('stg_hardship__prisoner_children') }}
    where is_current and id_status_code = 'valid'
),

grantees as (
    select
        person_key,
        cast(date_trunc('month', granted_date) as date) as month,
        'charity_repeated' as list_code,
        null as evidence_code,
        1 as listed_value
    from {{ ref('stg_charity__charity_grants') }}
    where is_current and id_status_code = 'valid'
),

monitored as (
    select
        person_key,
        report_month as month,
        'poverty_monitored' as list_code,
        null as evidence_code,
        1 as listed_value
    from {{ ref('stg_poverty__poverty_monitoring') }}
    where is_current and id_status_code = 'valid' and not is_risk_removed
),

-- An alert that was checked and cleared, or led to an application, is no open need.
alerted as (
    select
        person_key,
        cast(date_trunc('month', alert_date) as date) as month,
        'platform_alert' as list_code,
        alert_source_code as evidence_code,
        1 as listed_value
    from {{ ref('stg_platform__platform_alerts') }}
    where is_current and id_status_code = 'valid' and alert_outcome_code = 'open'
),

-- Somebody who has died is nobody's missed need, whatever a list of last quarter says.
deaths as (
    select
        person_key,
        min(death_date) as death_date
    from {{ ref('stg_deaths__deaths') }}
    where is_current and id_status_code = 'valid'
    group by person_key
),

listings as (
    {% for list in lists %}
        select * from {{ list }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        listings.person_key,
        told.month,
        listings.list_code,
        -- An alert of the platform rests on a department's list; both together are one source.
        coalesce(max(listings.evidence_code), max(lists.evidence_code)) as evidence_code,
        cast(sum(listings.listed_value) as decimal(18, 2)) as listed_value,
        max(lists.severity_weight) as severity_weight
    from listings
    inner join lists
        on listings.list_code = lists.list_code
    inner join told
        on
            listings.list_code = told.list_code
            and listings.month <= told.month
            and {{ month_count('listings.month', 'told.month') }} < lists.window_months
    left join deaths
        on listings.person_key = deaths.person_key
    where coalesce(deaths.death_date > last_day(told.month), true)
    group by listings.person_key, told.month, listings.list_code
    having sum(listings.listed_value) >= max(lists.threshold_value)
)

select * from final
