with alerts as (
    select * from {{ ref('fct_alerts') }}
),

signal_months as (
    select * from {{ ref('fct_signal_months') }}
),

alert_levels as (
    select * from {{ ref('alert_levels') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

levels as (
    select
        alert_level_code,
        alert_level_name,
        alert_level_rank
    from alert_levels
    where valid_to_date is null
    union all
    -- Two clean months, or answered: of no level any more.
    select
        'none' as alert_level_code,
        '已降级' as alert_level_name,
        0 as alert_level_rank
),

-- A missing feed must not look like quiet: the signals that could not be asked are named.
heard as (
    select
        signal_months.month,
        sum(case when signal_months.is_suppressed then 0 else 1 end) as asked_count,
        {{ joined_text(
            "case when signal_months.is_suppressed "
            "then signal_months.signal_name || '(缺 ' || signal_months.missing_feeds || ')' end"
        ) }} as suppressed_signals
    from signal_months
    inner join months
        on
            signal_months.month = months.month
            and months.is_business_month
    group by signal_months.month
),

placed as (
    select
        alerts.*,
        bases.basis_code,
        {{ area_on_basis('alerts') }} as area_code
    from alerts
    cross join bases
),

counted as (
    select
        ancestors.ancestor_area_code as area_code,
        placed.basis_code,
        placed.alert_level_code,
        count(distinct placed.person_key) as persons_count,
        count(*) as alerts_count,
        sum(case when placed.raised_month = heard.month then 1 else 0 end) as new_alerts_count,
        sum(case when placed.alert_status_code = 'active' then 1 else 0 end) as active_alerts_count,
        sum(case when placed.alert_status_code = 'acknowledged' then 1 else 0 end) as acknowledged_alerts_count,
        sum(case when placed.alert_status_code = 'resolved' then 1 else 0 end) as resolved_alerts_count,
        sum(case when placed.is_overdue then 1 else 0 end) as overdue_alerts_count
    from placed
    cross join heard
    inner join ancestors
        on placed.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, placed.basis_code, placed.alert_level_code
),

final as (
    select
        areas.area_code,
        heard.month,
        bases.basis_code,
        levels.alert_level_code,
        areas.area_name,
        areas.level_code,
        areas.parent_area_name as parent_name,
        levels.alert_level_name,
        levels.alert_level_rank,
        heard.suppressed_signals,
        {% for count in [
            'persons', 'alerts', 'new_alerts', 'active_alerts', 'acknowledged_alerts', 'resolved_alerts', 'overdue_alerts',
        ] -%}
            case when heard.asked_count > 0 then cast(coalesce(counted.{{ count }}_count, 0) as bigint) end
                as {{ count }}_count,
        {% endfor -%}
        case when heard.asked_count = 0 then 'no_data' else 'ok' end as status
    from areas
    cross join heard
    cross join bases
    cross join levels
    left join counted
        on
            areas.area_code = counted.area_code
            and bases.basis_code = counted.basis_code
            and levels.alert_level_code = counted.alert_level_code
    where areas.is_current
)

select * from final
