{{ config(meta={
    'label': '期初 + 进 − 出 ± 迁移 = 期末',
    'reason': '每个区划、项目、口径、月份一个不差;差了就是有人被漏掉或算了两次',
}) }}

with enrolments as (
    select * from {{ ref('fct_enrolments') }}
),

changes as (
    select * from {{ ref('fct_enrolment_changes') }}
),

programme_months as (
    select * from {{ ref('fct_programme_months') }}
),

placed as (
    select
        'hukou' as basis_code,
        programme_code,
        month,
        hukou_area_code as area_code
    from enrolments
    union all
    select
        'resident' as basis_code,
        programme_code,
        month,
        residence_area_code as area_code
    from enrolments
),

stocks as (
    select
        basis_code,
        programme_code,
        month,
        area_code,
        count(*) as person_count
    from placed
    group by basis_code, programme_code, month, area_code
),

-- Every stock stands at the end of its month, and at the start of the next month that has a roster.
steps as (
    select
        stocks.basis_code,
        stocks.programme_code,
        programme_months.month,
        stocks.area_code,
        case when stocks.month = programme_months.month then -1 else 1 end * stocks.person_count as person_count
    from programme_months
    inner join stocks
        on
            programme_months.programme_code = stocks.programme_code
            and stocks.month in (programme_months.month, programme_months.previous_roster_month)
    where programme_months.has_roster and programme_months.previous_roster_month is not null
    union all
    select
        basis_code,
        programme_code,
        month,
        to_area_code as area_code,
        1 as person_count
    from changes
    where to_area_code is not null
    union all
    select
        basis_code,
        programme_code,
        month,
        from_area_code as area_code,
        -1 as person_count
    from changes
    where from_area_code is not null
)

select
    basis_code,
    programme_code,
    month,
    area_code,
    sum(person_count) as person_count
from steps
group by basis_code, programme_code, month, area_code
having sum(person_count) <> 0
