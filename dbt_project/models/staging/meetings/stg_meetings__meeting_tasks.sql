with source as (
    select * from {{ source('meetings', 'meeting_tasks') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.meeting_date,
        source.task_no,
        source.topic_name,
        source.task_name,
        source.lead_department_name,
        source.due_date,
        source.completed_date,
        source.task_status_code,
        source.report_month,
        source.department_code,
        deliveries.extract_name,
        source.delivery_id,
        source.delivery_sequence,
        source.source_sheet,
        source.source_row_number,
        deliveries.is_latest_version,
        deliveries.is_first_version
    from source
    inner join deliveries
        on
            source.delivery_id = deliveries.delivery_id
            and source.report_month is not distinct from deliveries.report_month
),

final as (
    select
        *,
        is_latest_version and {{ telling_rank(['meeting_date', 'task_no']) }} = 1 as is_current
    from versioned
)

select * from final
