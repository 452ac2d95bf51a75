with ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

final as (
    select
        area_code,
        ancestor_area_code,
        ancestor_level_code,
        ancestor_level_rank
    from ancestors
)

select * from final
