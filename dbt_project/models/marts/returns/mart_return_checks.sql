with checks as (
    select * from {{ ref('fct_return_checks') }}
),

rules as (
    select * from {{ ref('balance_rules') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

forms as (
    select
        form_code,
        min(programme_code) as programme_code
    from rules
    group by form_code
),

summed as (
    select
        checks.form_code,
        checks.area_code,
        checks.month,
        count(*) as checks_count,
        cast(sum(case when checks.status = 'ok' then 1 else 0 end) as bigint) as ok_count,
        cast(sum(case when checks.status = 'broken' then 1 else 0 end) as bigint) as broken_count,
        cast(sum(case when checks.status = 'redefined' then 1 else 0 end) as bigint) as redefined_count,
        cast(sum(case when checks.status = 'no_data' then 1 else 0 end) as bigint) as untold_count,
        {{ joined_text("case when checks.status = 'broken' then rules.rule_name end") }} as broken_rules_text,
        {{ joined_text("case when checks.status = 'redefined' then rules.rule_name end") }} as redefined_rules_text,
        {% for item, measure in [('household_count', 'households'), ('person_count', 'persons')] %}
            cast(max(case
                when checks.rule_kind_code = 'reconciled' and checks.item_code = '{{ item }}' then checks.left_value
            end) as bigint) as returned_{{ measure }}_count,
            cast(max(case
                when checks.rule_kind_code = 'reconciled' and checks.item_code = '{{ item }}' then checks.right_value
            end) as bigint) as roster_{{ measure }}_count,
        {% endfor %}
        bool_or(checks.is_redefined) as has_new_definition
    from checks
    inner join rules
        on
            checks.rule_code = rules.rule_code
            and coalesce(checks.month >= rules.valid_from_date, true)
            and coalesce(checks.month <= rules.valid_to_date, true)
    group by checks.form_code, checks.area_code, checks.month
),

-- The levels that the form prints: no office tells a village, and what lies above the 合计 row is none of its business.
printed as (
    select distinct
        summed.form_code,
        areas.level_code
    from summed
    inner join areas
        on summed.area_code = areas.area_code
),

begun as (
    select
        form_code,
        min(month) as first_month
    from summed
    group by form_code
),

spanned as (
    select
        areas.area_code,
        areas.level_code,
        months.month,
        begun.form_code,
        forms.programme_code
    from begun
    inner join forms
        on begun.form_code = forms.form_code
    inner join printed
        on begun.form_code = printed.form_code
    inner join areas
        on printed.level_code = areas.level_code
    inner join months
        on
            begun.first_month <= months.month
            and areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
),

final as (
    select
        spanned.area_code,
        spanned.level_code,
        spanned.month,
        spanned.form_code,
        spanned.programme_code,
        'hukou' as basis_code,
        summed.checks_count,
        summed.ok_count,
        summed.broken_count,
        summed.redefined_count,
        summed.untold_count,
        summed.broken_rules_text,
        summed.redefined_rules_text,
        summed.has_new_definition,
        summed.returned_households_count,
        summed.roster_households_count,
        summed.returned_households_count - summed.roster_households_count as households_difference,
        summed.returned_persons_count,
        summed.roster_persons_count,
        summed.returned_persons_count - summed.roster_persons_count as persons_difference,
        case when summed.area_code is null then 'no_data' else 'ok' end as status
    from spanned
    left join summed
        on
            spanned.area_code = summed.area_code
            and spanned.month = summed.month
            and spanned.form_code = summed.form_code
)

select * from final
