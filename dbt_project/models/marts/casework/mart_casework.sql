with events as (
    select * from {{ ref('fct_case_events') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

area_codes as (
    select * from {{ ref('dim_area_codes') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

deliveries as (
    select * from {{ ref('fct_deliveries') }}
),

steps as (
    select * from {{ ref('case_steps') }}
),

parameters as (
    select * from {{ ref('dim_parameters') }}
),

fed as (
    select distinct month
    from deliveries
    where table_name = 'case_events' and status_code = 'landed'
),

begun as (
    select min(month) as first_month
    from fed
),

spanned as (
    select
        areas.area_code,
        areas.area_name,
        areas.level_code,
        areas.level_name,
        months.month,
        steps.step_code,
        steps.step_name,
        steps.step_number,
        parameters.parameter_value as limit_day_count,
        parameters.unit as limit_unit,
        parameters.legal_basis as limit_basis,
        fed.month is not null as has_feed
    from areas
    inner join months
        on
            areas.level_code <> 'special'
            and areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
    inner join begun
        on months.month >= begun.first_month
    cross join steps
    left join parameters
        on
            steps.limit_parameter_code = parameters.parameter_code
            and parameters.area_code is null
            and coalesce(months.month_end_date >= parameters.valid_from_date, true)
            and coalesce(months.month_end_date <= parameters.valid_to_date, true)
    left join fed
        on months.month = fed.month
),

counted as (
    select
        ancestors.ancestor_area_code as area_code,
        events.month,
        events.step_code,
        count(*) as completed_count,
        count(events.elapsed_day_count) as timed_count,
        {{ quantile_of('events.elapsed_day_count', 0.5) }} as median_day_count,
        {{ quantile_of('events.elapsed_day_count', 0.9) }} as p90_day_count,
        sum(case when events.is_over_limit then 1 else 0 end) as over_limit_count,
        sum(case when events.step_result_code <> 'passed' or events.is_stalled_after then 1 else 0 end)
            as dropped_count,
        sum(case when events.is_stalled_after then 1 else 0 end) as stalled_count,
    {% for channel in ['online', 'proxy', 'window'] %}
        sum(case when events.event_channel_code = '{{ channel }}' then 1 else 0 end)
            as {{ channel }}_count{{ '' if loop.last else ',' }}
    {% endfor %}
    from events
    -- A step done after its village was renamed counts under the name in force.
    inner join area_codes
        on
            events.area_code = area_codes.area_code
            and events.month = area_codes.month
    inner join ancestors
        on area_codes.mapped_area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, events.month, events.step_code
),

final as (
    select
        spanned.area_code,
        spanned.month,
        spanned.step_code,
        spanned.area_name,
        spanned.level_code,
        spanned.level_name,
        spanned.step_name,
        spanned.step_number,
        cast(spanned.limit_day_count as bigint) as limit_day_count,
        spanned.limit_unit,
        spanned.limit_basis,
        case when spanned.has_feed then cast(coalesce(counted.completed_count, 0) as bigint) end as completed_count,
        cast(counted.timed_count as bigint) as timed_count,
        cast(counted.median_day_count as double) as median_day_count,
        cast(counted.p90_day_count as double) as p90_day_count,
        case when spanned.limit_day_count is not null then cast(counted.over_limit_count as bigint) end
            as over_limit_count,
        case
            when spanned.limit_day_count is not null
                then counted.over_limit_count / cast(nullif(counted.timed_count, 0) as double)
        end as over_limit_share,
        cast(counted.dropped_count as bigint) as dropped_count,
        cast(counted.stalled_count as bigint) as stalled_count,
        counted.dropped_count / cast(counted.completed_count as double) as drop_off_share,
        {% for channel in ['online', 'proxy', 'window'] %}
            cast(counted.{{ channel }}_count as bigint) as {{ channel }}_count,
            counted.{{ channel }}_count / cast(counted.completed_count as double) as {{ channel }}_share,
        {% endfor %}
        case
            when not spanned.has_feed then 'no_data'
            when counted.completed_count is null then 'not_applicable'
            when counted.completed_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from spanned
    left join counted
        on
            spanned.area_code = counted.area_code
            and spanned.month = counted.month
            and spanned.step_code = counted.step_code
)

select * from final
