with events as (
    select * from {{ ref('int_case_events__timed') }}
),

applications as (
    select * from {{ ref('int_applications__decided') }}
),

stalled as (
    select * from {{ ref('int_applications__stalled') }}
),

-- An event whose application was never delivered is kept; where it belongs to is unknown.
final as (
    select
        events.application_key,
        events.step_code,
        events.event_date,
        events.event_time,
        events.month,
        coalesce(applications.area_code, 'unknown') as area_code,
        applications.programme_code,
        events.event_channel_code,
        events.operator_key,
        events.step_result_code,
        events.begun_date,
        events.working_day_count,
        events.calendar_day_count,
        events.elapsed_day_count,
        events.limit_day_count,
        events.limit_unit,
        events.is_over_limit,
        stalled.application_key is not null as is_stalled_after
    from events
    left join applications
        on events.application_key = applications.application_key
    left join stalled
        on
            events.application_key = stalled.application_key
            and events.step_code = stalled.last_step_code
)

select * from final
