with ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

areas as (
    select * from {{ ref('int_areas__described') }}
),

levels as (
    select * from {{ ref('levels') }}
),

-- The lowest area above in which areas are compared with each other: the district, not the street.
above as (
    select
        ancestors.area_code,
        ancestors.ancestor_area_code,
        row_number() over (partition by ancestors.area_code order by ancestors.ancestor_level_rank) as nearness
    from ancestors
    inner join levels
        on ancestors.ancestor_level_code = levels.level_code
    where levels.is_balance_scope and ancestors.area_code <> ancestors.ancestor_area_code
),

children as (
    select
        parent_area_code,
        count(*) as child_count
    from areas
    where is_current
    group by parent_area_code
),

final as (
    select
        areas.area_code,
        row_number() over (order by areas.area_code) as area_number,
        areas.level_code,
        areas.level_rank,
        areas.parent_area_code,
        -- The topmost area is compared with itself; what is no division belongs nowhere.
        case when areas.level_code <> 'special' then coalesce(above.ancestor_area_code, areas.area_code) end
            as scope_area_code,
        -- A city of which only one district is here would say again what the district says.
        levels.is_balance_scope and coalesce(children.child_count, 0) > 1 as is_balance_scope
    from areas
    inner join levels
        on areas.level_code = levels.level_code
    left join above
        on
            areas.area_code = above.area_code
            and above.nearness = 1
    left join children
        on areas.area_code = children.parent_area_code
)

select * from final
