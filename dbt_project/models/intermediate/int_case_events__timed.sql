with events as (
    select * from {{ ref('stg_cases__case_events') }}
),

steps as (
    select * from {{ ref('case_steps') }}
),

days as (
    select * from {{ ref('int_days__numbered') }}
),

parameters as (
    select * from {{ ref('parameters') }}
),

current_events as (
    select *
    from events
    where is_current
),

-- The clock of a step runs from the day another one was done; that day itself is not counted (民法典第二百零一条).
begun as (
    select
        current_events.*,
        steps.step_number,
        steps.limit_parameter_code,
        clocks.event_date as begun_date
    from current_events
    inner join steps
        on current_events.step_code = steps.step_code
    left join current_events as clocks
        on
            current_events.application_key = clocks.application_key
            and steps.clock_from_step_code = clocks.step_code
),

-- A day outside the calendar has no number: what it would tell stays empty rather than wrong.
counted as (
    select
        begun.*,
        ended_days.day_number - begun_days.day_number as calendar_day_count,
        ended_days.working_day_number - begun_days.working_day_number as working_day_count
    from begun
    left join days as begun_days
        on begun.begun_date = begun_days.calendar_date
    left join days as ended_days
        on begun.event_date = ended_days.calendar_date
),

limited as (
    select
        counted.*,
        parameters.parameter_value as limit_day_count,
        parameters.unit as limit_unit,
        case when parameters.unit = '日' then counted.calendar_day_count else counted.working_day_count end
            as elapsed_day_count
    from counted
    left join parameters
        on
            counted.limit_parameter_code = parameters.parameter_code
            and parameters.area_code is null
            and coalesce(counted.event_date >= parameters.valid_from_date, true)
            and coalesce(counted.event_date <= parameters.valid_to_date, true)
),

final as (
    select
        application_key,
        step_code,
        step_number,
        operator_key,
        event_channel_code,
        event_date,
        event_time,
        cast(date_trunc('month', event_date) as date) as month,
        step_result_code,
        begun_date,
        working_day_count,
        calendar_day_count,
        elapsed_day_count,
        cast(limit_day_count as bigint) as limit_day_count,
        limit_unit,
        elapsed_day_count > limit_day_count as is_over_limit
    from limited
)

select * from final
