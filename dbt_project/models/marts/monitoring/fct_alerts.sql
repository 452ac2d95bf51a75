with alerts as (
    select * from {{ ref('int_alerts__followed') }}
),

final as (
    select
        alert_id,
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
        alert_level_code,
        alert_status_code,
        outcome_code,
        month_count,
        is_reopened,
        is_suppressed,
        is_overdue
    from alerts
)

select * from final
