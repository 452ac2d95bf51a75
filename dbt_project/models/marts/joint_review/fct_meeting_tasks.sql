with tasks as (
    select * from {{ ref('stg_meetings__meeting_tasks') }}
    where is_current
),

months as (
    select last_day(month) as as_of_date from {{ ref('int_months__spanned') }}
    where is_business_month
),

-- As it stood at the end of the business month.
dated as (
    select
        tasks.*,
        months.as_of_date,
        case when tasks.completed_date <= months.as_of_date then tasks.completed_date end as told_completed_date
    from tasks
    cross join months
),

final as (
    select
        meeting_date,
        task_no,
        cast(date_trunc('month', due_date) as date) as month,
        topic_name,
        task_name,
        lead_department_name,
        due_date,
        told_completed_date as completed_date,
        task_status_code,
        case
            when task_status_code = 'cancelled' then 'cancelled'
            when told_completed_date <= due_date then 'in_time'
            when told_completed_date is not null then 'late'
            when due_date < as_of_date then 'overdue'
            else 'running'
        end as task_outcome_code,
        case
            when task_status_code <> 'cancelled' and due_date <= as_of_date
                then greatest({{ day_count('due_date', 'coalesce(told_completed_date, as_of_date)') }}, 0)
        end as late_day_count
    from dated
)

select * from final
