{{ config(meta={
    'label': '变更前后的区划在同一沿革组',
    'reason': '跨变更比较靠沿革组;连不上就会把拆分看成人口骤减',
}) }}

with changes as (
    select * from {{ ref('stg_areas__division_changes') }}
),

linked as (
    select * from {{ ref('int_areas__linked') }}
)

select
    changes.old_area_code,
    changes.new_area_code
from changes
left join linked as old_links
    on changes.old_area_code = old_links.area_code
left join linked as new_links
    on changes.new_area_code = new_links.area_code
where
    changes.is_current
    and old_links.lineage_code is distinct from new_links.lineage_code
