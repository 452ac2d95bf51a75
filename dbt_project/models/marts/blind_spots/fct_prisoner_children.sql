with children as (
    select * from {{ ref('stg_hardship__prisoner_children') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        children.person_key,
        children.report_month as month,
        children.parent_person_key,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        children.custody_since_date,
        children.caregiver_code,
        coalesce(children.id_status_code, 'missing') as id_status_code
    from children
    left join mapped as hukou
        on
            children.hukou_area_code = hukou.area_code
            and children.report_month = hukou.month
    left join mapped as residence
        on
            children.residence_area_code = residence.area_code
            and children.report_month = residence.month
    where children.is_current
)

select * from final
