with deaths as (
    select * from {{ ref('stg_deaths__deaths') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        deaths.person_key,
        deaths.death_date,
        cast(date_trunc('month', deaths.death_date) as date) as death_month,
        deaths.registered_date,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(deaths.id_status_code, 'missing') as id_status_code
    from deaths
    left join mapped as hukou
        on
            deaths.hukou_area_code = hukou.area_code
            and deaths.report_month = hukou.month
    where deaths.is_current
)

select * from final
