with population as (
    select * from {{ ref('stg_population__population') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

basis_hukou_types as (
    select * from {{ ref('basis_hukou_types') }}
),

counted as (
    select *
    from population
    where is_current
),

quarters as (
    select distinct
        department_code,
        extract_name,
        report_month
    from counted
),

-- The latest quarter not after the month, by office: an area that the latest one no longer lists is gone.
chosen as (
    select
        months.month,
        quarters.department_code,
        quarters.extract_name,
        max(quarters.report_month) as population_month
    from months
    inner join quarters
        on months.month >= quarters.report_month
    group by months.month, quarters.department_code, quarters.extract_name
),

placed as (
    select
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        chosen.month,
        counted.age_band_code,
        counted.hukou_type_code,
        counted.population_count,
        chosen.population_month
    from chosen
    inner join counted
        on
            chosen.department_code = counted.department_code
            and chosen.extract_name = counted.extract_name
            and chosen.population_month = counted.report_month
    left join mapped
        on
            counted.area_code = mapped.area_code
            and chosen.month = mapped.month
),

final as (
    select
        placed.area_code,
        placed.month,
        basis_hukou_types.basis_code,
        placed.age_band_code,
        placed.hukou_type_code,
        cast(sum(placed.population_count) as bigint) as population_count,
        min(placed.population_month) as population_month
    from placed
    inner join basis_hukou_types
        on placed.hukou_type_code = basis_hukou_types.hukou_type_code
    group by
        placed.area_code,
        placed.month,
        basis_hukou_types.basis_code,
        placed.age_band_code,
        placed.hukou_type_code
)

select * from final
