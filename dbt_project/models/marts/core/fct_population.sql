with population as (
    select * from {{ ref('stg_population__population') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        population.report_month as month,
        population.age_band_code,
        population.hukou_type_code,
        cast(sum(population.population_count) as bigint) as population_count
    from population
    left join mapped
        on
            population.area_code = mapped.area_code
            and population.report_month = mapped.month
    where population.is_current
    group by
        coalesce(mapped.mapped_area_code, 'unknown'),
        population.report_month,
        population.age_band_code,
        population.hukou_type_code
)

select * from final
