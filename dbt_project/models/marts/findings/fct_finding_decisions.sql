with decisions as (
    select * from {{ ref('int_findings__decided') }}
),

findings as (
    select * from {{ ref('int_findings__judged') }}
),

final as (
    select
        decisions.finding_id,
        decisions.decided_date,
        decisions.rule_code,
        decisions.person_key,
        decisions.decision_code,
        decisions.decision_reason_code,
        decisions.is_accepted,
        findings.finding_id is not null as is_matched,
        decisions.is_accepted and decisions.recency = 1 as is_last
    from decisions
    left join findings
        on decisions.finding_id = findings.finding_id
)

select * from final
