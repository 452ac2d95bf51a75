with shelter_months as (
    select * from {{ ref('fct_shelter_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

told as (
    select distinct
        month,
        shelter_month
    from shelter_months
),

-- Every village in force counts as one unit, also where it has neither shelter nor anybody exposed.
units as (
    select
        areas.area_code,
        areas.scope_area_code,
        told.month,
        told.shelter_month,
        coalesce(shelter_months.shelters_count, 0) as shelters_count,
        coalesce(shelter_months.shelter_capacity_count, 0) as shelter_capacity_count,
        coalesce(shelter_months.exposed_count, 0) as exposed_count,
        case when areas.level_code = 'village' then 1 else 0 end as village_count
    from areas
    inner join told
        on
            coalesce(areas.valid_from_month <= told.month, true)
            and coalesce(areas.valid_to_month >= told.month, true)
    left join shelter_months
        on
            areas.area_code = shelter_months.area_code
            and told.month = shelter_months.month
    where areas.level_code = 'village' or shelter_months.area_code is not null
),

-- What there is in the district, given out once by unit and once by exposed residents.
scopes as (
    select
        scope_area_code,
        month,
        sum(shelter_capacity_count) as scope_capacity_count,
        sum(exposed_count) as scope_exposed_count,
        sum(village_count) as scope_village_count
    from units
    group by scope_area_code, month
),

shared as (
    select
        units.*,
        cast(scopes.scope_capacity_count as double) * units.village_count
        / nullif(scopes.scope_village_count, 0) as uniform_capacity,
        cast(scopes.scope_capacity_count as double) * units.exposed_count
        / nullif(scopes.scope_exposed_count, 0) as proportional_capacity
    from units
    inner join scopes
        on
            units.scope_area_code is not distinct from scopes.scope_area_code
            and units.month = scopes.month
),

rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        shared.month,
        shared.shelter_month,
        cast(sum(shared.village_count) as bigint) as villages_count,
        cast(sum(shared.shelters_count) as bigint) as shelters_count,
        cast(sum(shared.shelter_capacity_count) as bigint) as shelter_capacity_count,
        cast(sum(shared.exposed_count) as bigint) as exposed_count,
        {{ exact_sum('shared.uniform_capacity') }} as uniform_capacity,
        {{ exact_sum('shared.proportional_capacity') }} as proportional_capacity,
        cast(sum(case
            when shared.exposed_count > 0 and shared.shelter_capacity_count = 0 then 1 else 0
        end) as bigint) as villages_without_shelter_count,
        cast(sum(case
            when
                shared.shelter_capacity_count > {{ cutoff('shelter_surplus_ratio') }} * shared.exposed_count
                then 1
            else 0
        end) as bigint) as villages_with_surplus_count
    from shared
    inner join ancestors
        on shared.area_code = ancestors.area_code
    group by
        ancestors.ancestor_area_code,
        shared.month,
        shared.shelter_month
),

begun as (
    select min(month) as first_month from told
),

-- Months since the first quarter in which a list that was due is missing.
silent as (
    select months.month
    from months
    inner join begun
        on months.month >= begun.first_month
    left join told
        on months.month = told.month
    where told.month is null
),

gathered as (
    select * from rolled
    union all
    select
        areas.area_code,
        silent.month,
        null as shelter_month,
        null as villages_count,
        null as shelters_count,
        null as shelter_capacity_count,
        null as exposed_count,
        null as uniform_capacity,
        null as proportional_capacity,
        null as villages_without_shelter_count,
        null as villages_with_surplus_count
    from silent
    inner join areas
        on
            coalesce(silent.month >= areas.valid_from_month, true)
            and coalesce(silent.month <= areas.valid_to_month, true)
    where areas.level_code <> 'special'
),

final as (
    select
        gathered.area_code,
        gathered.month,
        'disaster' as programme_code,
        areas.area_name,
        areas.level_code,
        areas.parent_area_code,
        areas.parent_area_name as parent_name,
        gathered.shelter_month,
        gathered.villages_count,
        gathered.shelters_count,
        gathered.shelter_capacity_count,
        gathered.exposed_count,
        100 * cast(gathered.shelter_capacity_count as double) / nullif(gathered.exposed_count, 0)
            as capacity_per_100_exposed,
        gathered.uniform_capacity,
        100 * gathered.uniform_capacity / nullif(gathered.exposed_count, 0) as uniform_capacity_per_100_exposed,
        gathered.shelter_capacity_count - gathered.uniform_capacity as difference_to_uniform_capacity,
        gathered.proportional_capacity,
        gathered.shelter_capacity_count - gathered.proportional_capacity as difference_to_proportional_capacity,
        gathered.villages_without_shelter_count,
        gathered.villages_with_surplus_count,
        case
            when gathered.shelter_month is null then null
            when areas.level_code <> 'village' then 'not_judged'
            when gathered.villages_without_shelter_count > 0 then 'no_shelter'
            when gathered.villages_with_surplus_count > 0 then 'far_above_need'
            else 'within'
        end as shelter_finding_code,
        case
            when gathered.shelter_month is null then 'no_data'
            when areas.level_code = 'special' or gathered.exposed_count = 0 then 'not_applicable'
            when gathered.exposed_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from gathered
    inner join areas
        on gathered.area_code = areas.area_code
)

select * from final
