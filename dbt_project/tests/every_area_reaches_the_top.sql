{{ config(meta={
    'label': '每个区划都有上级,直到最高一级',
    'reason': '断了上级的村不再进任何合计;请补齐区划表的上级代码',
}) }}

with areas as (
    select * from {{ ref('dim_areas') }}
),

top as (
    select max(level_rank) as level_rank
    from areas
)

select
    areas.area_code,
    areas.parent_area_code
from areas
cross join top
left join areas as parents
    on areas.parent_area_code = parents.area_code
where
    areas.level_code <> 'special'
    and areas.level_rank < top.level_rank
    and coalesce(parents.level_rank <= areas.level_rank, true)
