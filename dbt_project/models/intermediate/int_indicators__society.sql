with organisations as (
    select * from {{ ref('stg_society__social_organisations') }}
),

partnerships as (
    select * from {{ ref('stg_society__partnerships') }}
),

population as (
    select * from {{ ref('int_population__by_month') }}
),

areas as (
    select * from {{ ref('int_areas__described') }}
),

ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

listed as (
    {{ latest_list('organisations', 'report_month', only='is_current') }}
),

paired as (
    {{ latest_list('partnerships', 'report_month', only='is_current') }}
),

seated as (
    select
        mapped.mapped_area_code as area_code,
        listed.month,
        count(*) as organisations_count
    from listed
    inner join organisations
        on
            organisations.is_current
            and listed.list_month = organisations.report_month
    inner join mapped
        on
            organisations.area_code = mapped.area_code
            and listed.month = mapped.month
    group by mapped.mapped_area_code, listed.month
),

partnered as (
    select distinct
        mapped.mapped_area_code as area_code,
        paired.month
    from paired
    inner join partnerships
        on
            partnerships.is_current
            and paired.list_month = partnerships.report_month
    inner join mapped
        on
            partnerships.area_code = mapped.area_code
            and paired.month = mapped.month
),

settled as (
    select
        area_code,
        month,
        basis_code,
        sum(population_count) as population_count
    from population
    group by area_code, month, basis_code
),

streets as (
    select
        ancestors.ancestor_area_code as area_code,
        settled.month,
        settled.basis_code,
        sum(settled.population_count) as population_count
    from settled
    inner join ancestors
        on
            settled.area_code = ancestors.area_code
            and ancestors.ancestor_level_code = 'street'
    group by ancestors.ancestor_area_code, settled.month, settled.basis_code
),

-- Both belong to no programme: told under 低保, whose households they are there for first.
final as (
    select
        streets.area_code,
        streets.month,
        'dibao' as programme_code,
        streets.basis_code,
        'organisations_per_ten_thousand' as indicator_code,
        cast(coalesce(seated.organisations_count, 0) as double) as numerator,
        cast(streets.population_count as double) / 10000 as denominator,
        cast(streets.population_count as bigint) as persons_count
    from streets
    inner join listed
        on streets.month = listed.month
    left join seated
        on
            streets.area_code = seated.area_code
            and streets.month = seated.month
    union all
    -- A village counts as one, however many live there: it has a partner or none.
    select
        areas.area_code,
        paired.month,
        'dibao' as programme_code,
        bases.basis_code,
        'partnered_village_share' as indicator_code,
        cast(case when partnered.area_code is null then 0 else 1 end as double) as numerator,
        cast(1 as double) as denominator,
        cast(coalesce(settled.population_count, 0) as bigint) as persons_count
    from paired
    cross join bases
    inner join areas
        on
            areas.level_code = 'village'
            and paired.month >= areas.valid_from_month
            and coalesce(paired.month <= areas.valid_to_month, true)
    left join partnered
        on
            areas.area_code = partnered.area_code
            and paired.month = partnered.month
    left join settled
        on
            areas.area_code = settled.area_code
            and paired.month = settled.month
            and bases.basis_code = settled.basis_code
)

select * from final
