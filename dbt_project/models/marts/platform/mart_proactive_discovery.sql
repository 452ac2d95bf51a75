with changes as (
    select * from {{ ref('fct_enrolment_changes') }}
),

enrolments as (
    select * from {{ ref('fct_enrolments') }}
),

alerts as (
    select * from {{ ref('fct_platform_alerts') }}
),

programme_months as (
    select * from {{ ref('fct_programme_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

entered as (
    select
        changes.person_key,
        changes.programme_code,
        changes.month,
        changes.basis_code,
        changes.to_area_code as area_code,
        enrolments.start_date
    from changes
    inner join enrolments
        on
            changes.person_key = enrolments.person_key
            and changes.programme_code = enrolments.programme_code
            and changes.month = enrolments.month
    where changes.flow_code = 'entry' and changes.reason_code = 'new'
),

-- Found by data: an alert that was not cleared came before the enrolment, and not too long before.
alerted as (
    select
        entered.person_key,
        entered.programme_code,
        entered.month,
        entered.basis_code,
        max(entered.start_date - alerts.alert_date) as lead_days
    from entered
    inner join alerts
        on
            entered.person_key = alerts.person_key
            and entered.start_date >= alerts.alert_date
            and {{ month_count('alerts.alert_date', 'entered.start_date') }} <= {{ cutoff('discovery_months') }}
    where alerts.alert_outcome_code <> 'cleared'
    group by entered.person_key, entered.programme_code, entered.month, entered.basis_code
),

led as (
    select
        entered.*,
        alerted.lead_days
    from entered
    left join alerted
        on
            entered.person_key = alerted.person_key
            and entered.programme_code = alerted.programme_code
            and entered.month = alerted.month
            and entered.basis_code = alerted.basis_code
),

alert_months as (
    select distinct month
    from alerts
),

begun as (
    select min(month) as month
    from alert_months
),

-- A month is told where both the roster and the alerts of it are there.
told as (
    select
        programme_months.month,
        programme_months.programme_code,
        programme_months.has_roster and alert_months.month is not null as is_told
    from programme_months
    inner join begun
        on programme_months.month >= begun.month
    left join alert_months
        on programme_months.month = alert_months.month
),

windows as (
    select
        told.month,
        told.programme_code,
        count(*) as month_count,
        sum(case when within.is_told then 1 else 0 end) as told_month_count
    from told
    inner join told as within
        on
            told.programme_code = within.programme_code
            and told.month >= within.month
            and {{ month_count('within.month', 'told.month') }} < {{ cutoff('window_months') }}
    group by told.month, told.programme_code
),

rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        windows.month,
        windows.programme_code,
        led.basis_code,
        count(*) as new_recipients_count,
        count(led.lead_days) as discovered_count,
        sum(led.lead_days) as lead_days,
        cast({{ quantile_of('led.lead_days', 0.5) }} as double) as lead_days_median
    from windows
    inner join led
        on
            windows.programme_code = led.programme_code
            and windows.month >= led.month
            and {{ month_count('led.month', 'windows.month') }} < {{ cutoff('window_months') }}
    inner join ancestors
        on led.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, windows.month, windows.programme_code, led.basis_code
),

counted as (
    select
        areas.area_code,
        windows.month,
        windows.programme_code,
        bases.basis_code,
        areas.level_code,
        windows.told_month_count,
        coalesce(rolled.new_recipients_count, 0) as new_recipients_count,
        coalesce(rolled.discovered_count, 0) as discovered_count,
        rolled.lead_days,
        rolled.lead_days_median,
        case
            when windows.told_month_count < windows.month_count then 'no_data'
            when areas.level_code = 'special' or coalesce(rolled.new_recipients_count, 0) = 0 then 'not_applicable'
            when rolled.new_recipients_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from areas
    inner join windows
        on
            areas.valid_from_month <= windows.month
            and coalesce(areas.valid_to_month >= windows.month, true)
    cross join (select distinct basis_code from {{ ref('basis_hukou_types') }}) as bases
    left join rolled
        on
            areas.area_code = rolled.area_code
            and windows.month = rolled.month
            and windows.programme_code = rolled.programme_code
            and bases.basis_code = rolled.basis_code
),

final as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        level_code,
        cast(told_month_count as bigint) as told_month_count,
        {% set is_known = "case when status <> 'no_data' then" %}
        {{ is_known }} new_recipients_count end as new_recipients_count,
        {{ is_known }} discovered_count end as discovered_count,
        {{ is_known }} new_recipients_count - discovered_count end as self_applied_count,
        case
            when status in ('ok', 'small_sample') then cast(discovered_count as double) / new_recipients_count
        end as discovered_share,
        {{ is_known }} cast(lead_days as double) / nullif(discovered_count, 0) end as lead_days_mean,
        {{ is_known }} lead_days_median end as lead_days_median,
        status
    from counted
)

select * from final
