with findings as (
    select * from {{ ref('fct_findings') }}
),

rules as (
    select * from {{ ref('dim_finding_rules') }}
),

rule_months as (
    select * from {{ ref('fct_rule_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

bases as (
    select code as basis_code
    from {{ ref('dim_codes') }}
    where code_type = 'basis_code'
),

placed as (
    select
        findings.rule_code,
        bases.basis_code,
        {{ area_on_basis('findings') }} as area_code,
        findings.finding_id,
        findings.person_key,
        findings.tier_code,
        findings.is_going_on,
        findings.finding_status_code,
        findings.is_reopened,
        findings.is_overdue,
        findings.overpaid_amount_yuan
    from findings
    cross join bases
),

counted as (
    select
        ancestors.ancestor_area_code as area_code,
        placed.rule_code,
        placed.basis_code,
        count(*) as findings_count,
        count(distinct placed.person_key) as persons_count,
        sum(case when placed.tier_code = 'A' then 1 else 0 end) as sure_findings_count,
        sum(case when placed.is_going_on then 1 else 0 end) as going_on_count,
        {% for status in ['triggered', 'verified', 'grace', 'stopped', 'cleared'] -%}
            sum(case when placed.finding_status_code = '{{ status }}' then 1 else 0 end) as {{ status }}_count,
        {% endfor -%}
        sum(case when placed.is_reopened then 1 else 0 end) as reopened_count,
        sum(case when placed.is_overdue then 1 else 0 end) as overdue_count,
        sum(placed.overpaid_amount_yuan) as overpaid_amount_yuan
    from placed
    inner join ancestors
        on placed.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, placed.rule_code, placed.basis_code
),

final as (
    select
        areas.area_code,
        rules.rule_code,
        bases.basis_code,
        months.month,
        areas.area_name,
        areas.level_code,
        areas.parent_area_name as parent_name,
        rules.rule_name,
        rules.severity_code,
        rules.owner_department,
        rule_months.missing_feeds,
        case when not rule_months.is_suppressed then cast(coalesce(counted.findings_count, 0) as bigint) end
            as findings_count,
        case when not rule_months.is_suppressed then cast(coalesce(counted.persons_count, 0) as bigint) end
            as persons_count,
        case when not rule_months.is_suppressed then cast(coalesce(counted.sure_findings_count, 0) as bigint) end
            as sure_findings_count,
        case when not rule_months.is_suppressed then cast(coalesce(counted.going_on_count, 0) as bigint) end
            as going_on_count,
        {% for count in ['triggered', 'verified', 'grace', 'stopped', 'cleared', 'reopened', 'overdue'] -%}
            case
                when not rule_months.is_suppressed then cast(coalesce(counted.{{ count }}_count, 0) as bigint)
            end as {{ count }}_count,
        {% endfor -%}
        cast(counted.overpaid_amount_yuan as decimal(18, 2)) as overpaid_amount_yuan,
        case when rule_months.is_suppressed then 'no_data' else 'ok' end as status
    from areas
    cross join rules
    cross join bases
    inner join months
        on months.is_business_month
    inner join rule_months
        on
            rules.rule_code = rule_months.rule_code
            and months.month = rule_months.month
    left join counted
        on
            areas.area_code = counted.area_code
            and rules.rule_code = counted.rule_code
            and bases.basis_code = counted.basis_code
    where areas.is_current
)

select * from final
