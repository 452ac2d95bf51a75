with shelters as (
    select * from {{ ref('stg_disaster__shelters') }}
),

exposed as (
    select * from {{ ref('stg_disaster__exposed_population') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

missing as (
    select month
    from deliveries
    where table_name in ('shelters', 'exposed_population') and status_code <> 'landed'
),

-- The quarter that tells of a month: the latest one not after it that has both lists. Where a later one
-- should be there and is not, the old one is not carried on: nothing is known.
told as (
    select distinct shelters.report_month
    from shelters
    inner join exposed
        on shelters.report_month = exposed.report_month
    where shelters.is_current and exposed.is_current
),

quarters as (
    select
        months.month,
        max(told.report_month) as shelter_month
    from months
    inner join told
        on months.month >= told.report_month
    left join missing
        on months.month >= missing.month
    group by months.month
    having coalesce(max(missing.month) < max(told.report_month), true)
),

sheltered as (
    select
        report_month,
        area_code,
        count(*) as shelters_count,
        sum(shelter_capacity_count) as shelter_capacity_count
    from shelters
    where is_current
    group by report_month, area_code
),

-- Whoever is exposed to several hazards is one person, and one disaster comes at a time: a village needs room for the
-- hazard that drives out the most.
needed as (
    select
        report_month,
        area_code,
        max(exposed_count) as exposed_count
    from exposed
    where is_current
    group by report_month, area_code
),

gathered as (
    select
        report_month,
        area_code,
        shelters_count,
        shelter_capacity_count,
        0 as exposed_count
    from sheltered
    union all
    select
        report_month,
        area_code,
        0 as shelters_count,
        0 as shelter_capacity_count,
        exposed_count
    from needed
),

final as (
    select
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        quarters.month,
        quarters.shelter_month,
        cast(sum(gathered.shelters_count) as bigint) as shelters_count,
        cast(sum(gathered.shelter_capacity_count) as bigint) as shelter_capacity_count,
        cast(sum(gathered.exposed_count) as bigint) as exposed_count
    from quarters
    inner join gathered
        on quarters.shelter_month = gathered.report_month
    left join mapped
        on
            gathered.area_code = mapped.area_code
            and quarters.month = mapped.month
    group by
        coalesce(mapped.mapped_area_code, 'unknown'),
        quarters.month,
        quarters.shelter_month
)

select * from final
