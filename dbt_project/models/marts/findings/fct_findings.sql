with findings as (
    select * from {{ ref('int_findings__judged') }}
),

final as (
    select
        finding_id,
        rule_code,
        person_key,
        first_month,
        last_month,
        found_date,
        due_date,
        decided_date,
        first_decided_date,
        hukou_area_code,
        residence_area_code,
        rule_name,
        severity_code,
        owner_department,
        deadline_working_days,
        tier_code,
        finding_status_code,
        decision_reason_code,
        month_count,
        evidence_count,
        overpaid_amount_yuan,
        is_going_on,
        is_reopened,
        is_overdue,
        has_incomplete_decision
    from findings
)

select * from final
