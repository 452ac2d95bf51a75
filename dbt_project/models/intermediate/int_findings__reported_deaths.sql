with notices as (
    select * from {{ ref('stg_matching__death_notices') }}
),

deaths as (
    select * from {{ ref('stg_deaths__deaths') }}
),

links as (
    select * from {{ ref('int_person_links__judged') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

paid as (
    select * from {{ ref('int_household_months__paid') }}
),

-- Deaths that no valid number ties to anybody: those of villages, and the register's whose number is damaged.
reported as (
    select
        'death_notices' as table_name,
        person_key,
        death_date
    from notices
    where is_current and person_key is not null
    union all
    select
        'deaths' as table_name,
        person_key,
        death_date
    from deaths
    where is_current and id_status_code <> 'valid'
),

-- What the register knows under a valid number is a matter of paid_after_death.
registered as (
    select distinct person_key
    from deaths
    where is_current and id_status_code = 'valid'
),

died as (
    select
        links.linked_person_key as person_key,
        -- Whoever a reviewer has confirmed is as sure as a number; the surest of several reports counts.
        min(case when links.link_status_code = 'confirmed' then 'A' else links.tier_code end) as tier_code,
        min(cast(date_trunc('month', reported.death_date) as date)) as event_month
    from reported
    inner join links
        on
            reported.table_name = links.table_name
            and reported.person_key = links.person_key
            and links.is_in_force
    left join registered
        on links.linked_person_key = registered.person_key
    where registered.person_key is null
    group by links.linked_person_key
),

-- What is too much is not told before the death is sure: the yuan are those of the whole household.
final as (
    select
        died.tier_code,
        died.person_key,
        enrolments.household_key,
        enrolments.programme_code,
        enrolments.month,
        paid.hukou_area_code,
        paid.residence_area_code,
        paid.paid_amount_yuan
    from died
    inner join enrolments
        on
            died.person_key = enrolments.person_key
            and {{ month_count('died.event_month', 'enrolments.month') }}
            >= {{ parameter('paid_after_event_from_month') }}
    inner join paid
        on
            enrolments.household_key = paid.household_key
            and enrolments.programme_code = paid.programme_code
            and enrolments.month = paid.month
)

select * from final
