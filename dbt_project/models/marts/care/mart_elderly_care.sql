with institutions as (
    select * from {{ ref('fct_care_institutions') }}
),

comparators as (
    select * from {{ ref('fct_comparators') }}
),

-- Who is elderly, where, and in which months a list is there: told once, with the indicator.
indicators as (
    select * from {{ ref('fct_indicators') }}
    where indicator_code = 'beds_per_thousand'
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

chosen as (
    {{ latest_list('institutions') }}
),

offered as (
    select
        ancestors.ancestor_area_code as area_code,
        chosen.month,
        count(*) as institutions_count,
        cast(sum(case when institutions.ownership_code = 'public' then 1 else 0 end) as bigint)
            as public_institutions_count,
        cast(sum(institutions.bed_count) as bigint) as bed_count,
        cast(sum(institutions.nursing_bed_count) as bigint) as nursing_bed_count,
        cast(sum(institutions.care_staff_count) as bigint) as care_staff_count,
        cast(sum(institutions.certified_staff_count) as bigint) as certified_staff_count,
        cast(sum(institutions.elder_count) as bigint) as elder_count,
        cast(sum(case when institutions.is_overfull then 1 else 0 end) as bigint) as overfull_count,
        cast(sum(institutions.monthly_price_yuan * institutions.bed_count) as double) as priced_beds_yuan
    from chosen
    inner join institutions
        on chosen.list_month = institutions.month
    inner join ancestors
        on institutions.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, chosen.month
),

-- What each district published last, as known at the end of the month.
published as (
    select
        months.month,
        comparators.measure_code,
        cast(comparators.published_value as double) as published_value,
        row_number() over (
            partition by months.month, comparators.measure_code, comparators.comparator_name
            order by comparators.as_of_date desc
        ) as recency
    from months
    inner join comparators
        on months.month_end_date >= comparators.as_of_date
),

compared as (
    select
        month,
        {{ quantile_of("case when measure_code = 'beds_per_thousand' then published_value end", 0.5) }}
            as beds_per_thousand,
        {{ quantile_of("case when measure_code = 'nursing_beds_per_thousand' then published_value end", 0.5) }}
            as nursing_beds_per_thousand
    from published
    where recency = 1
    group by month
),

-- No office tells the beds of a village: the table begins at the level that is told.
told as (
    select min(areas.level_rank) as level_rank
    from institutions
    inner join areas
        on institutions.area_code = areas.area_code
    where areas.level_code <> 'special'
),

joined as (
    select
        indicators.area_code,
        areas.level_code,
        indicators.month,
        indicators.basis_code,
        indicators.status,
        cast(round(indicators.denominator * 1000) as bigint) as elderly_count,
        case when indicators.status <> 'no_data' then coalesce(offered.institutions_count, 0) end
            as institutions_count,
        case when indicators.status <> 'no_data' then coalesce(offered.public_institutions_count, 0) end
            as public_institutions_count,
        case when indicators.status <> 'no_data' then coalesce(offered.bed_count, 0) end as bed_count,
        case when indicators.status <> 'no_data' then coalesce(offered.nursing_bed_count, 0) end
            as nursing_bed_count,
        case when indicators.status <> 'no_data' then coalesce(offered.care_staff_count, 0) end as care_staff_count,
        case when indicators.status <> 'no_data' then coalesce(offered.certified_staff_count, 0) end
            as certified_staff_count,
        case when indicators.status <> 'no_data' then coalesce(offered.elder_count, 0) end as elder_count,
        case when indicators.status <> 'no_data' then coalesce(offered.overfull_count, 0) end as overfull_count,
        offered.priced_beds_yuan,
        compared.beds_per_thousand as comparator_beds_per_thousand,
        compared.nursing_beds_per_thousand as comparator_nursing_beds_per_thousand
    from indicators
    inner join areas
        on indicators.area_code = areas.area_code
    inner join told
        on areas.level_rank >= told.level_rank
    left join offered
        on
            indicators.area_code = offered.area_code
            and indicators.month = offered.month
    left join compared
        on indicators.month = compared.month
),

final as (
    select
        area_code,
        level_code,
        month,
        basis_code,
        elderly_count,
        institutions_count,
        public_institutions_count,
        bed_count,
        nursing_bed_count,
        care_staff_count,
        certified_staff_count,
        elder_count,
        overfull_count,
        bed_count * 1000 / cast(nullif(elderly_count, 0) as double) as beds_per_thousand,
        nursing_bed_count * 1000 / cast(nullif(elderly_count, 0) as double) as nursing_beds_per_thousand,
        elder_count / cast(nullif(care_staff_count, 0) as double) as elders_per_staff,
        certified_staff_count / cast(nullif(care_staff_count, 0) as double) as certified_share,
        elder_count / cast(nullif(bed_count, 0) as double) as occupancy_share,
        priced_beds_yuan / cast(nullif(bed_count, 0) as double) as price_yuan,
        comparator_beds_per_thousand,
        comparator_nursing_beds_per_thousand,
        bed_count * 1000 / cast(nullif(elderly_count, 0) as double) - comparator_beds_per_thousand
            as beds_difference,
        nursing_bed_count * 1000 / cast(nullif(elderly_count, 0) as double) - comparator_nursing_beds_per_thousand
            as nursing_beds_difference,
        status
    from joined
)

select * from final
