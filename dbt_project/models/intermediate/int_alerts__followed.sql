with raised as (
    select * from {{ ref('int_signals__raised') }}
),

asked as (
    select * from {{ ref('int_signals__asked') }}
),

graded as (
    select * from {{ ref('int_alerts__graded') }}
),

decisions as (
    select * from {{ ref('int_findings__decided') }}
),

levels as (
    select * from {{ ref('alert_levels') }}
),

days as (
    select * from {{ ref('int_days__numbered') }}
),

run as (
    select * from {{ ref('stg_deliveries__run') }}
),

compared as (
    select
        *,
        lag(signal_date) over (partition by person_key, signal_code order by month) as previous_date
    from raised
),

-- One alert a person and signal, until it has been quiet for longer than the quiet days.
numbered as (
    select
        *,
        sum(case
            when {{ day_count('previous_date', 'signal_date') }} <= {{ parameter('alert_quiet_days') }} then 0
            else 1
        end) over (partition by person_key, signal_code order by month) as alert_number
    from compared
),

recent as (
    select
        *,
        row_number() over (partition by person_key, signal_code, alert_number order by month desc) as recency
    from numbered
),

alerts as (
    select
        person_key,
        signal_code,
        alert_number,
        min(signal_date) as raised_date,
        min(month) as raised_month,
        max(month) as last_month,
        count(*) as month_count,
        max(asked_number) as asked_number,
        max(outcome_code) as outcome_code,
        max(case when recency = 1 then hukou_area_code end) as hukou_area_code,
        max(case when recency = 1 then residence_area_code end) as residence_area_code
    from recent
    group by person_key, signal_code, alert_number
),

-- What was decided since it was raised; the last decision is what holds.
answered as (
    select
        alerts.person_key,
        alerts.signal_code,
        alerts.alert_number,
        decisions.decision_code,
        decisions.decided_date,
        decisions.decided_month,
        min(decisions.decided_date) over (
            partition by alerts.person_key, alerts.signal_code, alerts.alert_number
        ) as first_decided_date,
        row_number() over (
            partition by alerts.person_key, alerts.signal_code, alerts.alert_number
            order by decisions.decided_date desc
        ) as recency
    from alerts
    inner join decisions
        on
            md5(alerts.signal_code || '|' || cast(alerts.person_key as varchar)) = decisions.finding_id
            and decisions.is_accepted
            and alerts.raised_month <= decisions.decided_month
),

-- Cleared or stopped, and there again in a later month: nobody has answered that yet.
judged as (
    select
        alerts.*,
        case
            when answered.decision_code not in ('cleared', 'stopped') or alerts.last_month <= answered.decided_month
                then answered.decision_code
        end as decision_code,
        answered.decided_date,
        answered.first_decided_date,
        coalesce(
            answered.decision_code in ('cleared', 'stopped') and alerts.last_month > answered.decided_month,
            false
        ) as is_reopened
    from alerts
    left join answered
        on
            alerts.person_key = answered.person_key
            and alerts.signal_code = answered.signal_code
            and alerts.alert_number = answered.alert_number
            and answered.recency = 1
),

dated as (
    select
        judged.*,
        now_asked.signal_name,
        now_asked.owner_department,
        raised_levels.alert_level_code as raised_level_code,
        case
            when judged.decision_code in ('cleared', 'stopped') or judged.outcome_code is not null then 'resolved'
            when judged.decision_code is not null then 'acknowledged'
            else 'active'
        end as alert_status_code,
        case
            when raised_levels.deadline_working_days is not null then due_days.calendar_date
            else last_day({{ months_after('judged.raised_month', 'raised_levels.deadline_months') }})
        end as due_date,
        raised_levels.deadline_working_days,
        now_asked.asked_number - judged.asked_number < {{ parameter('alert_clean_months') }} as is_standing,
        now_asked.is_suppressed,
        open_levels.alert_level_code as open_level_code,
        last_day(run.business_month) as month_end_date
    from judged
    cross join run
    inner join asked as now_asked
        on
            judged.signal_code = now_asked.signal_code
            and run.business_month = now_asked.month
    left join graded as raised_grades
        on
            judged.person_key = raised_grades.person_key
            and judged.raised_month = raised_grades.month
    left join levels as raised_levels
        on
            raised_grades.raised_rank = raised_levels.alert_level_rank
            and coalesce(raised_levels.valid_from_date <= last_day(judged.raised_month), true)
            and coalesce(raised_levels.valid_to_date >= last_day(judged.raised_month), true)
    left join graded as open_grades
        on
            judged.person_key = open_grades.person_key
            and run.business_month = open_grades.month
    left join levels as open_levels
        on
            open_grades.open_rank = open_levels.alert_level_rank
            and coalesce(open_levels.valid_from_date <= last_day(run.business_month), true)
            and coalesce(open_levels.valid_to_date >= last_day(run.business_month), true)
    left join days as raised_days
        on judged.raised_date = raised_days.calendar_date
    left join days as due_days
        on
            raised_days.working_day_number + raised_levels.deadline_working_days = due_days.working_day_number
            and due_days.is_working_day
),

final as (
    select
        md5(signal_code || '|' || cast(person_key as varchar) || '|' || cast(raised_month as varchar)) as alert_id,
        person_key,
        signal_code,
        raised_month,
        raised_date,
        due_date,
        last_month,
        first_decided_date,
        decided_date,
        hukou_area_code,
        residence_area_code,
        signal_name,
        owner_department,
        raised_level_code,
        case when is_standing and alert_status_code <> 'resolved' then coalesce(open_level_code, 'none') else 'none' end
            as alert_level_code,
        alert_status_code,
        case
            when decision_code = 'cleared' then 'cleared'
            when decision_code is not null then 'confirmed'
            else outcome_code
        end as outcome_code,
        cast(month_count as bigint) as month_count,
        is_reopened,
        is_suppressed,
        deadline_working_days is not null as has_deadline,
        -- What is only watched is looked at every month, and never late.
        alert_status_code = 'active' and deadline_working_days is not null and due_date < month_end_date as is_overdue
    from dated
)

select * from final
