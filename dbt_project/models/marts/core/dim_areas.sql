with areas as (
    select * from {{ ref('int_areas__described') }}
),

final as (
    select
        area_code,
        area_name,
        level_code,
        level_name,
        level_rank,
        parent_area_code,
        parent_area_name,
        urban_rural_code,
        alias_names,
        valid_from_month,
        valid_to_month,
        current_area_code,
        lineage_code,
        is_urban,
        is_current
    from areas
)

select * from final
