with persons as (
    select * from {{ ref('fct_layers') }}
),

area_months as (
    select * from {{ ref('fct_area_months') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

layers as (
    select * from {{ ref('layers') }}
),

placed as (
    select
        hukou_area_code as area_code,
        month,
        layer_code,
        'hukou' as basis_code,
        count(*) as persons_count
    from persons
    group by hukou_area_code, month, layer_code
    union all
    select
        residence_area_code as area_code,
        month,
        layer_code,
        'resident' as basis_code,
        count(*) as persons_count
    from persons
    group by residence_area_code, month, layer_code
),

rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        placed.month,
        placed.layer_code,
        placed.basis_code,
        cast(sum(placed.persons_count) as bigint) as persons_count
    from placed
    inner join ancestors
        on placed.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, placed.month, placed.layer_code, placed.basis_code
),

told as (
    select distinct month
    from persons
),

spine as (
    select
        area_code,
        month,
        basis_code,
        max(scope_area_code) as scope_area_code,
        max(population_count) as population_count
    from area_months
    group by area_code, month, basis_code
),

counted as (
    select
        spine.area_code,
        spine.month,
        spine.basis_code,
        layers.layer_code,
        spine.scope_area_code,
        areas.level_code,
        spine.population_count,
        told.month is not null as is_complete,
        case when told.month is not null then coalesce(rolled.persons_count, 0) end as persons_count
    from spine
    inner join areas
        on spine.area_code = areas.area_code
    inner join layers
        on layers.is_monitored
    left join told
        on spine.month = told.month
    left join rolled
        on
            spine.area_code = rolled.area_code
            and spine.month = rolled.month
            and spine.basis_code = rolled.basis_code
            and layers.layer_code = rolled.layer_code
),

valued as (
    select
        counted.*,
        counted.population_count * scopes.persons_count / nullif(scopes.population_count, 0) as expected_persons_count,
        case
            when not counted.is_complete then 'no_data'
            when counted.level_code = 'special' then 'not_applicable'
            when counted.population_count is null then 'no_data'
            when counted.population_count = 0 then 'not_applicable'
            when
                counted.population_count * scopes.persons_count / nullif(scopes.population_count, 0)
                < {{ cutoff('small_expected_count') }}
                then 'small_sample'
            else 'ok'
        end as status
    from counted
    left join counted as scopes
        on
            counted.scope_area_code = scopes.area_code
            and counted.month = scopes.month
            and counted.basis_code = scopes.basis_code
            and counted.layer_code = scopes.layer_code
),

final as (
    select
        area_code,
        month,
        basis_code,
        layer_code,
        level_code,
        persons_count,
        cast(population_count as bigint) as population_count,
        case when status in ('ok', 'small_sample') then cast(persons_count as double) / population_count end
            as population_share,
        status
    from valued
)

select * from final
