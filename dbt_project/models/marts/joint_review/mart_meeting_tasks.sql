{% set outcomes = ['in_time', 'late', 'overdue', 'running', 'cancelled'] -%}

with tasks as (
    select * from {{ ref('fct_meeting_tasks') }}
),

counted as (
    select
        lead_department_name,
        month,
        count(*) as task_count,
        {% for outcome in outcomes %}
            cast(sum(case when task_outcome_code = '{{ outcome }}' then 1 else 0 end) as bigint) as {{ outcome }}_count,
        {% endfor %}
        cast(max(late_day_count) as bigint) as late_day_count_max
    from tasks
    group by lead_department_name, month
),

due as (
    select
        *,
        in_time_count + late_count + overdue_count as due_count
    from counted
),

final as (
    select
        lead_department_name,
        month,
        task_count,
        due_count,
        in_time_count + late_count as done_count,
        in_time_count,
        late_count,
        overdue_count,
        running_count,
        cancelled_count,
        cast(in_time_count + late_count as double) / nullif(due_count, 0) as done_share,
        cast(in_time_count as double) / nullif(due_count, 0) as in_time_share,
        late_day_count_max,
        case when due_count = 0 then 'not_applicable' else 'ok' end as status
    from due
)

select * from final
