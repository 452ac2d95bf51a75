{{ config(meta={
    'label': '每个在册月恰在一段时段里',
    'reason': '时段的月数合起来就是在册人月数;差了就是缺月没有跨过去,或重了',
}) }}

with enrolments as (
    select * from {{ ref('fct_enrolments') }}
),

programme_months as (
    select * from {{ ref('fct_programme_months') }}
),

spells as (
    select * from {{ ref('fct_spells') }}
),

covered as (
    select
        enrolments.person_key,
        enrolments.programme_code,
        count(*) as covered_month_count
    from enrolments
    inner join programme_months
        on
            enrolments.programme_code = programme_months.programme_code
            and enrolments.month = programme_months.month
            and programme_months.has_roster
    group by enrolments.person_key, enrolments.programme_code
),

told as (
    select
        person_key,
        programme_code,
        sum(covered_month_count) as covered_month_count
    from spells
    group by person_key, programme_code
)

select
    covered.person_key,
    told.person_key as spell_person_key
from covered
full outer join told
    on
        covered.person_key = told.person_key
        and covered.programme_code = told.programme_code
where covered.covered_month_count is distinct from told.covered_month_count
