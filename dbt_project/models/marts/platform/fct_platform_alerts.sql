with alerts as (
    select * from {{ ref('stg_platform__platform_alerts') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        alerts.alert_key,
        alerts.person_key,
        alerts.alert_date,
        alerts.report_month as month,
        coalesce(mapped.mapped_area_code, 'unknown') as hukou_area_code,
        alerts.alert_source_code,
        alerts.alert_outcome_code,
        coalesce(alerts.id_status_code, 'missing') as id_status_code
    from alerts
    left join mapped
        on
            alerts.hukou_area_code = mapped.area_code
            and alerts.report_month = mapped.month
    where alerts.is_current
)

select * from final
