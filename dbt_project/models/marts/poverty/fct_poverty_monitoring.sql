with monitored as (
    select * from {{ ref('stg_poverty__poverty_monitoring') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        monitored.person_key,
        monitored.report_month as month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        monitored.monitored_type_code,
        monitored.identified_date,
        coalesce(monitored.id_status_code, 'missing') as id_status_code,
        monitored.is_risk_removed
    from monitored
    left join mapped as hukou
        on
            monitored.hukou_area_code = hukou.area_code
            and monitored.report_month = hukou.month
    left join mapped as residence
        on
            monitored.residence_area_code = residence.area_code
            and monitored.report_month = residence.month
    where monitored.is_current
)

select * from final
