with death_notices as (
    select * from {{ ref('stg_matching__death_notices') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        death_notices.record_key,
        death_notices.person_key,
        death_notices.death_date,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(death_notices.id_status_code, 'missing') as id_status_code
    from death_notices
    left join mapped as hukou
        on
            death_notices.hukou_area_code = hukou.area_code
            and death_notices.report_month = hukou.month
    where death_notices.is_current
)

select * from final
