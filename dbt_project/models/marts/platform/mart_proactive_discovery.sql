with recipients as (
    select * from {{ ref('fct_new_recipients') }}
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

area_codes as (
    select * from {{ ref('dim_area_codes') }}
),

alert_months as (
    select distinct month
    from alerts
),

windows as (
    {{ discovery_windows('programme_months', 'alert_months') }}
),

rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        windows.month,
        windows.programme_code,
        recipients.basis_code,
        count(*) as new_recipients_count,
        count(recipients.lead_days) as discovered_count,
        sum(recipients.lead_days) as lead_days,
        cast({{ quantile_of('recipients.lead_days', 0.5) }} as double) as lead_days_median
    from windows
    inner join recipients
        on
            windows.programme_code = recipients.programme_code
            and windows.month >= recipients.month
            and windows.first_month <= recipients.month
    inner join area_codes
        on
            recipients.area_code = area_codes.area_code
            and windows.month = area_codes.month
    inner join ancestors
        on area_codes.mapped_area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, windows.month, windows.programme_code, recipients.basis_code
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
