with changes as (
    select * from {{ ref('stg_areas__division_changes') }}
),

neighbours as (
    select
        old_area_code as area_code,
        new_area_code as linked_area_code
    from changes
    where is_current
    union
    select
        new_area_code as area_code,
        old_area_code as linked_area_code
    from changes
    where is_current
    union
    select
        old_area_code as area_code,
        old_area_code as linked_area_code
    from changes
    where is_current
    union
    select
        new_area_code as area_code,
        new_area_code as linked_area_code
    from changes
    where is_current
),

-- Each round doubles the reach: four rounds link codes that lie 16 changes apart. Not recursive, because the links
-- run both ways and only DuckDB drops the rows that a recursion has already seen. A test proves the reach suffices.
{% for round in range(4) -%}
    linked_{{ round }} as (
        select distinct
            near.area_code,
            far.linked_area_code
        from {{ 'neighbours' if loop.first else 'linked_' ~ (round - 1) }} as near
        inner join {{ 'neighbours' if loop.first else 'linked_' ~ (round - 1) }} as far
            on near.linked_area_code = far.area_code
    ),

{% endfor -%}
final as (
    select
        area_code,
        min(linked_area_code) as lineage_code
    from linked_3
    group by area_code
)

select * from final
