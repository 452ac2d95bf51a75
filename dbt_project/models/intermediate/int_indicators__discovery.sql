with recipients as (
    select * from {{ ref('int_new_recipients__found') }}
),

alerts as (
    select * from {{ ref('stg_platform__platform_alerts') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

alert_months as (
    select distinct report_month as month
    from alerts
    where is_current
),

windows as (
    {{ discovery_windows('programme_months', 'alert_months') }}
),

-- A window that lacks a month would take those whom it might have found for self-applied.
final as (
    select
        mapped.mapped_area_code as area_code,
        windows.month,
        recipients.programme_code,
        recipients.basis_code,
        'discovered_share' as indicator_code,
        cast(count(recipients.lead_days) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct recipients.person_key) as persons_count
    from windows
    inner join recipients
        on
            windows.programme_code = recipients.programme_code
            and windows.month >= recipients.month
            and windows.first_month <= recipients.month
    inner join mapped
        on
            recipients.area_code = mapped.area_code
            and windows.month = mapped.month
    where windows.told_month_count = windows.month_count
    group by mapped.mapped_area_code, windows.month, recipients.programme_code, recipients.basis_code
)

select * from final
