with areas as (
    select * from {{ ref('int_areas__described') }}
),

scoped as (
    select * from {{ ref('int_areas__scoped') }}
),

final as (
    select
        areas.area_code,
        areas.area_name,
        areas.level_code,
        areas.level_name,
        areas.level_rank,
        areas.parent_area_code,
        areas.parent_area_name,
        areas.urban_rural_code,
        areas.alias_names,
        areas.valid_from_month,
        areas.valid_to_month,
        areas.current_area_code,
        areas.lineage_code,
        scoped.scope_area_code,
        areas.is_urban,
        scoped.is_balance_scope,
        areas.is_current
    from areas
    inner join scoped
        on areas.area_code = scoped.area_code
)

select * from final
