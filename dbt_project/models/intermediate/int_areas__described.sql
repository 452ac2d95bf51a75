with areas as (
    select * from {{ ref('int_areas__dated') }}
),

special_areas as (
    select * from {{ ref('special_areas') }}
),

levels as (
    select * from {{ ref('levels') }}
),

linked as (
    select * from {{ ref('int_areas__linked') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

first_month as (
    select min(month) as month
    from months
),

every_area as (
    select
        area_code,
        area_name,
        level_code,
        parent_area_code,
        urban_rural_code,
        alias_names,
        valid_from_month,
        valid_to_month
    from areas
    union all
    select
        special_areas.area_code,
        special_areas.area_name,
        'special' as level_code,
        null as parent_area_code,
        null as urban_rural_code,
        null as alias_names,
        first_month.month as valid_from_month,
        null as valid_to_month
    from special_areas
    cross join first_month
),

dated as (
    select
        every_area.*,
        levels.level_name,
        levels.level_rank,
        every_area.valid_from_month <= months.month
        and coalesce(every_area.valid_to_month >= months.month, true) as is_current,
        mapped.mapped_area_code,
        coalesce(linked.lineage_code, every_area.area_code) as lineage_code
    from every_area
    inner join levels
        on every_area.level_code = levels.level_code
    inner join months
        on months.is_business_month
    left join mapped
        on
            every_area.area_code = mapped.area_code
            and months.month = mapped.month
    left join linked
        on every_area.area_code = linked.area_code
),

final as (
    select
        dated.area_code,
        dated.area_name,
        dated.level_code,
        dated.level_name,
        dated.level_rank,
        -- A parent that no edition holds would cut the area off from every total without a word.
        parents.area_code as parent_area_code,
        parents.area_name as parent_area_name,
        dated.urban_rural_code,
        dated.alias_names,
        dated.valid_from_month,
        dated.valid_to_month,
        -- A split code has no single code today.
        case when current_areas.is_current then dated.mapped_area_code end as current_area_code,
        dated.lineage_code,
        dated.urban_rural_code like '1%' as is_urban,
        dated.is_current
    from dated
    left join every_area as parents
        on dated.parent_area_code = parents.area_code
    left join dated as current_areas
        on dated.mapped_area_code = current_areas.area_code
)

select * from final
