with recursive areas as (
    select * from {{ ref('int_areas__described') }}
),

climbed as (
    select
        area_code,
        area_code as ancestor_area_code,
        level_code as ancestor_level_code,
        level_rank as ancestor_level_rank,
        parent_area_code
    from areas
    union all
    select
        climbed.area_code,
        areas.area_code as ancestor_area_code,
        areas.level_code as ancestor_level_code,
        areas.level_rank as ancestor_level_rank,
        areas.parent_area_code
    from climbed
    inner join areas
        on
            climbed.parent_area_code = areas.area_code
            -- Upwards only: two areas that name each other as parent must not be climbed for ever.
            and climbed.ancestor_level_rank < areas.level_rank
),

final as (
    select
        area_code,
        ancestor_area_code,
        ancestor_level_code,
        ancestor_level_rank
    from climbed
)

select * from final
