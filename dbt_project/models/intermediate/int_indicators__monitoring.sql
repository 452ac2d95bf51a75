with layers as (
    select * from {{ ref('int_layers__placed') }}
),

monitored as (
    select * from {{ ref('stg_poverty__poverty_monitoring') }}
    where is_current
),

population as (
    select
        area_code,
        month,
        basis_code,
        cast(sum(population_count) as bigint) as population_count
    from {{ ref('int_population__by_month') }}
    group by area_code, month, basis_code
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- A month without one of the rosters has nobody in any layer: nobody can be said to have left.
told as (
    select distinct month
    from layers
),

layered as (
    select
        {{ area_on_basis('layers') }} as area_code,
        layers.month,
        bases.basis_code,
        count(*) as layered_count
    from layers
    cross join bases
    group by
        {{ area_on_basis('layers') }},
        layers.month,
        bases.basis_code
),

chosen as (
    {{ latest_list('monitored', 'report_month') }}
),

-- Both are about people of any programme and of none: told under 低保, the first layer by size.
final as (
    select
        population.area_code,
        population.month,
        'dibao' as programme_code,
        population.basis_code,
        'low_income_rate' as indicator_code,
        cast(coalesce(layered.layered_count, 0) as double) as numerator,
        cast(population.population_count as double) as denominator,
        coalesce(layered.layered_count, 0) as persons_count
    from population
    inner join told
        on population.month = told.month
    left join layered
        on
            population.area_code = layered.area_code
            and population.month = layered.month
            and population.basis_code = layered.basis_code
    union all
    select
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        chosen.month,
        'dibao' as programme_code,
        bases.basis_code,
        'poverty_risk_removed_share' as indicator_code,
        cast(sum(case when monitored.is_risk_removed then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct monitored.person_key) as persons_count
    from chosen
    inner join monitored
        on chosen.list_month = monitored.report_month
    cross join bases
    left join mapped
        on
            {{ area_on_basis('monitored') }} = mapped.area_code
            and chosen.month = mapped.month
    group by coalesce(mapped.mapped_area_code, 'unknown'), chosen.month, bases.basis_code
)

select * from final
