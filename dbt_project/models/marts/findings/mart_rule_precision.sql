with findings as (
    select * from {{ ref('fct_findings') }}
),

decisions as (
    select * from {{ ref('fct_finding_decisions') }}
),

rules as (
    select * from {{ ref('dim_finding_rules') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

came_back as (
    select count(*) > 0 as has_feed
    from decisions
),

counted as (
    select
        rule_code,
        count(*) as findings_count,
        sum(case when finding_status_code <> 'triggered' then 1 else 0 end) as decided_count,
        sum(case when finding_status_code in ('verified', 'stopped', 'grace') then 1 else 0 end) as confirmed_count,
        sum(case when finding_status_code = 'cleared' then 1 else 0 end) as cleared_count,
        sum(case when has_incomplete_decision then 1 else 0 end) as incomplete_count
    from findings
    group by rule_code
),

unmatched as (
    select
        rule_code,
        count(distinct finding_id) as unmatched_count
    from decisions
    where not is_matched
    group by rule_code
),

shared as (
    select
        *,
        confirmed_count / cast(decided_count as double) as precision_share
    from counted
    where decided_count > 0
),

final as (
    select
        rules.rule_code,
        months.month,
        rules.rule_name,
        rules.owner_department,
        cast(coalesce(counted.findings_count, 0) as bigint) as findings_count,
        cast(coalesce(counted.decided_count, 0) as bigint) as decided_count,
        cast(coalesce(counted.confirmed_count, 0) as bigint) as confirmed_count,
        cast(coalesce(counted.cleared_count, 0) as bigint) as cleared_count,
        cast(coalesce(counted.incomplete_count, 0) as bigint) as incomplete_count,
        cast(coalesce(unmatched.unmatched_count, 0) as bigint) as unmatched_count,
        shared.precision_share,
        case
            when shared.decided_count > 0
                then {{ wilson_low('shared.precision_share', 'shared.decided_count', cutoff('interval_z')) }}
        end as precision_low,
        case
            when shared.decided_count > 0
                then {{ wilson_high('shared.precision_share', 'shared.decided_count', cutoff('interval_z')) }}
        end as precision_high,
        case
            when not came_back.has_feed then 'no_data'
            when shared.decided_count is null then 'not_applicable'
            when shared.decided_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from rules
    inner join months
        on months.is_business_month
    cross join came_back
    left join counted
        on rules.rule_code = counted.rule_code
    left join unmatched
        on rules.rule_code = unmatched.rule_code
    left join shared
        on rules.rule_code = shared.rule_code
)

select * from final
