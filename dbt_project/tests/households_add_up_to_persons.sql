{{ config(meta={
    'label': '各户保障人数之和 = 在册人数',
    'reason': '人和户出自两张花名册,数的必须是同一批人',
}) }}

with enrolments as (
    select * from {{ ref('fct_enrolments') }}
),

households as (
    select * from {{ ref('fct_household_enrolments') }}
),

programme_months as (
    select * from {{ ref('fct_programme_months') }}
),

persons as (
    select
        programme_code,
        month,
        count(*) as person_count
    from enrolments
    group by programme_code, month
),

summed as (
    select
        programme_code,
        month,
        sum(enrolled_count) as person_count
    from households
    group by programme_code, month
)

select
    programme_months.programme_code,
    programme_months.month,
    persons.person_count,
    summed.person_count as summed_person_count
from programme_months
left join persons
    on
        programme_months.programme_code = persons.programme_code
        and programme_months.month = persons.month
left join summed
    on
        programme_months.programme_code = summed.programme_code
        and programme_months.month = summed.month
where
    programme_months.has_roster
    and coalesce(persons.person_count, 0) <> coalesce(summed.person_count, 0)
