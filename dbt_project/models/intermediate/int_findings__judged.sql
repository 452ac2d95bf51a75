with evidence as (
    select * from {{ ref('int_findings__evidence') }}
),

rules as (
    select * from {{ ref('finding_rules') }}
),

decisions as (
    select * from {{ ref('int_findings__decided') }}
),

weakened as (
    select * from {{ ref('int_findings__weakened') }}
),

days as (
    select * from {{ ref('int_days__numbered') }}
),

run as (
    select * from {{ ref('stg_deliveries__run') }}
),

decided as (
    select
        finding_id,
        max(case when is_accepted and recency = 1 then decision_code end) as decision_code,
        max(case when is_accepted and recency = 1 then decision_reason_code end) as decision_reason_code,
        max(case when is_accepted then decided_date end) as decided_date,
        max(case when is_accepted then decided_month end) as decided_month,
        min(case when is_accepted then decided_date end) as first_decided_date,
        sum(case when is_accepted then 0 else 1 end) > 0 as has_incomplete_decision
    from decisions
    group by finding_id
),

-- By month first: of a running sum of twelve months the latest counts, not the sum of the sums.
monthly as (
    select
        finding_id,
        rule_code,
        person_key,
        month,
        max(hukou_area_code) as hukou_area_code,
        max(residence_area_code) as residence_area_code,
        count(*) as evidence_count,
        sum(overpaid_amount_yuan) as overpaid_amount_yuan,
        max(overpaid_amount_yuan) as largest_amount_yuan
    from evidence
    group by finding_id, rule_code, person_key, month
),

placed as (
    select
        monthly.*,
        row_number() over (partition by monthly.finding_id order by monthly.month desc) as recency,
        -- What was cleared, or stopped, and goes on all the same has to be looked at again.
        decided.decision_code in ('cleared', 'stopped') and monthly.month > decided.decided_month as is_after_decision
    from monthly
    left join decided
        on monthly.finding_id = decided.finding_id
),

summed as (
    select
        finding_id,
        rule_code,
        person_key,
        min(month) as first_month,
        max(month) as last_month,
        min(case when is_after_decision then month end) as reopened_month,
        count(*) as month_count,
        sum(evidence_count) as evidence_count,
        max(case when recency = 1 then hukou_area_code end) as hukou_area_code,
        max(case when recency = 1 then residence_area_code end) as residence_area_code,
        sum(overpaid_amount_yuan) as summed_amount_yuan,
        max(largest_amount_yuan) as largest_amount_yuan
    from placed
    group by finding_id, rule_code, person_key
),

-- The clock starts at the end of the month that first shows it, or shows it again after it was settled.
found as (
    select
        summed.*,
        case
            when rules.is_running_sum then summed.largest_amount_yuan else summed.summed_amount_yuan
        end as overpaid_amount_yuan,
        last_day(coalesce(summed.reopened_month, summed.first_month)) as found_date,
        rules.rule_name,
        rules.severity_code,
        rules.tier_code,
        rules.owner_department,
        rules.deadline_working_days
    from summed
    inner join rules
        on summed.rule_code = rules.rule_code
),

-- A day outside the calendar has no number: then there is no due date, rather than a wrong one.
dated as (
    select
        found.*,
        due_days.calendar_date as due_date
    from found
    left join days as found_days
        on found.found_date = found_days.calendar_date
    left join days as due_days
        on
            found_days.working_day_number + found.deadline_working_days = due_days.working_day_number
            and due_days.is_working_day
),

final as (
    select
        dated.finding_id,
        dated.rule_code,
        dated.person_key,
        dated.first_month,
        dated.last_month,
        dated.found_date,
        dated.due_date,
        dated.hukou_area_code,
        dated.residence_area_code,
        dated.rule_name,
        dated.severity_code,
        dated.owner_department,
        dated.deadline_working_days,
        -- Only A flags by itself: how people were matched, or a doubt about the record, can weaken a rule.
        coalesce(weakened.tier_code, dated.tier_code) as tier_code,
        case
            when decided.decision_code is null or dated.reopened_month is not null then 'triggered'
            else decided.decision_code
        end as finding_status_code,
        decided.decision_reason_code,
        decided.first_decided_date,
        decided.decided_date,
        cast(dated.month_count as bigint) as month_count,
        cast(dated.evidence_count as bigint) as evidence_count,
        cast(dated.overpaid_amount_yuan as decimal(18, 2)) as overpaid_amount_yuan,
        dated.last_month = run.business_month as is_going_on,
        dated.reopened_month is not null as is_reopened,
        coalesce(decided.has_incomplete_decision, false) as has_incomplete_decision,
        (decided.decision_code is null or dated.reopened_month is not null)
        and dated.due_date < last_day(run.business_month) as is_overdue
    from dated
    cross join run
    left join decided
        on dated.finding_id = decided.finding_id
    left join weakened
        on
            dated.rule_code = weakened.rule_code
            and dated.person_key = weakened.person_key
)

select * from final
