{{ config(meta={
    'label': '事实表与落地数据一分不差',
    'reason': '逐月逐项对总数、到分;差了就是连接时丢了行或重了行',
}) }}

{% set measures = [
    ('fct_payments', 'stg_payments__payments', 'benefit_month', 'benefit_month', 'paid_amount_yuan'),
    ('fct_funds', 'stg_funds__funds', 'month', 'report_month', 'fund_amount_yuan'),
    ('fct_population', 'stg_population__population', 'month', 'report_month', 'population_count'),
    ('fct_settlements', 'stg_medical__settlements', 'service_date', 'service_date', 'in_scope_amount_yuan'),
    ('fct_settlements', 'stg_medical__settlements', 'service_date', 'service_date', 'backstop_amount_yuan'),
    (
        'fct_temporary_assistance', 'stg_temporary__temporary_assistance',
        'decision_date', 'decision_date', 'grant_amount_yuan',
    ),
    ('fct_recoveries', 'stg_casework__recoveries', 'decision_date', 'decision_date', 'recovered_amount_yuan'),
    (
        'fct_disaster_grants', 'stg_disaster__disaster_grants',
        'grant_date', 'grant_date', 'disaster_grant_amount_yuan',
    ),
    ('fct_shelters', 'stg_disaster__shelters', 'month', 'report_month', 'shelter_capacity_count'),
    ('fct_education_aid', 'stg_education__education_aid', 'paid_date', 'paid_date', 'aid_amount_yuan'),
] %}

with totals as (
    {% for fact, staged, month, staged_month, measure in measures %}
        select
            '{{ fact }}' as fact_name,
            '{{ measure }}' as measure_name,
            {{ month }} as period,
            sum({{ measure }}) as fact_total,
            0 as landed_total
        from {{ ref(fact) }}
        group by {{ month }}
        union all
        select
            '{{ fact }}' as fact_name,
            '{{ measure }}' as measure_name,
            {{ staged_month }} as period,
            0 as fact_total,
            sum({{ measure }}) as landed_total
        from {{ ref(staged) }}
        where is_current
        group by {{ staged_month }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    fact_name,
    measure_name,
    period,
    sum(fact_total) as fact_total,
    sum(landed_total) as landed_total
from totals
group by fact_name, measure_name, period
having sum(fact_total) <> sum(landed_total)
