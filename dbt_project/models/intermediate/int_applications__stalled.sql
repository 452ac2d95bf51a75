with applications as (
    select * from {{ ref('int_applications__decided') }}
),

days as (
    select * from {{ ref('int_days__numbered') }}
),

run as (
    select * from {{ ref('stg_deliveries__run') }}
),

waiting as (
    select
        application_key,
        last_step_code,
        coalesce(last_event_date, application_date) as quiet_since_date
    from applications
    where application_status_code = 'pending'
),

-- Nothing closes an application that nobody touches: it ends where it lies. A day outside the calendar tells nothing.
final as (
    select
        waiting.application_key,
        waiting.last_step_code,
        waiting.quiet_since_date,
        as_of_days.working_day_number - quiet_days.working_day_number as quiet_working_day_count
    from waiting
    cross join run
    inner join days as quiet_days
        on waiting.quiet_since_date = quiet_days.calendar_date
    inner join days as as_of_days
        on last_day(run.business_month) = as_of_days.calendar_date
    where as_of_days.working_day_number - quiet_days.working_day_number > {{ cutoff('stalled_working_days') }}
)

select * from final
