with comparators as (
    select * from {{ ref('fct_comparators') }}
),

elderly_care as (
    select * from {{ ref('mart_elderly_care') }}
    where basis_code = 'resident'
),

standards as (
    select * from {{ ref('dim_standards') }}
),

area_months as (
    select * from {{ ref('fct_area_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

months as (
    select * from {{ ref('dim_months') }}
    where is_business_month
),

own as (
    select
        case standards.programme_code
            when 'dibao' then 'dibao_standard'
            when 'tekun' then 'tekun_standard'
        end as measure_code,
        standards.area_code,
        months.month,
        months.month_end_date as as_of_date,
        cast(standards.standard_amount_yuan as double) as published_value
    from standards
    inner join months
        on
            standards.valid_from_date <= months.month_end_date
            and coalesce(standards.valid_to_date >= months.month_end_date, true)
    where standards.programme_code in ('dibao', 'tekun')
    union all
    select
        'dibao_coverage' as measure_code,
        area_months.area_code,
        area_months.month,
        months.month_end_date as as_of_date,
        area_months.recipients_count / cast(nullif(area_months.population_count, 0) as double) as published_value
    from area_months
    inner join months
        on area_months.month = months.month
    where area_months.programme_code = 'dibao' and area_months.basis_code = 'hukou'
    union all
    select
        'beds_per_thousand' as measure_code,
        elderly_care.area_code,
        elderly_care.month,
        months.month_end_date as as_of_date,
        elderly_care.beds_per_thousand as published_value
    from elderly_care
    inner join months
        on elderly_care.month = months.month
    union all
    select
        'nursing_beds_per_thousand' as measure_code,
        elderly_care.area_code,
        elderly_care.month,
        months.month_end_date as as_of_date,
        elderly_care.nursing_beds_per_thousand as published_value
    from elderly_care
    inner join months
        on elderly_care.month = months.month
),

-- What each district published last, as known at the end of the month.
elsewhere as (
    select
        comparators.measure_code,
        comparators.comparator_name,
        months.month,
        comparators.as_of_date,
        cast(comparators.published_value as double) as published_value,
        comparators.published_source,
        row_number() over (
            partition by comparators.measure_code, comparators.comparator_name
            order by comparators.as_of_date desc
        ) as recency
    from comparators
    inner join months
        on comparators.as_of_date <= months.month_end_date
),

side_by_side as (
    select
        own.measure_code,
        areas.area_name as district_name,
        areas.area_code,
        own.month,
        own.as_of_date,
        own.published_value as value,
        '本库' as published_source,
        true as is_own
    from own
    inner join areas
        on
            own.area_code = areas.area_code
            and areas.level_code = 'district'
    where own.published_value is not null
    union all
    select
        measure_code,
        comparator_name as district_name,
        cast(null as varchar) as area_code,
        month,
        as_of_date,
        published_value as value,
        published_source,
        false as is_own
    from elsewhere
    where recency = 1
),

final as (
    select
        measure_code,
        district_name,
        area_code,
        month,
        as_of_date,
        value,
        rank() over (
            partition by measure_code
            order by value desc
        ) as district_rank,
        published_source,
        is_own
    from side_by_side
)

select * from final
