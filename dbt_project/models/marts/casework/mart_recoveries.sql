with recoveries as (
    select * from {{ ref('fct_recoveries') }}
),

households as (
    select * from {{ ref('dim_households') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

area_codes as (
    select * from {{ ref('dim_area_codes') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

deliveries as (
    select * from {{ ref('fct_deliveries') }}
),

age_bands as (
    select * from {{ ref('recovery_age_bands') }}
),

fed as (
    {{ recoveries_told('months', 'deliveries') }}
),

begun as (
    select min(month) as first_month
    from fed
),

programmes as (
    select distinct programme_code
    from recoveries
),

-- What was due and what had come back at the end of each month since the decision.
dated as (
    select
        recoveries.recovery_key,
        recoveries.programme_code,
        area_codes.mapped_area_code as area_code,
        months.month,
        recoveries.due_amount_yuan,
        {{ recovered_by('recoveries', 'months.month_end_date') }} as recovered_amount_yuan,
        {{ month_count('recoveries.decision_date', 'months.month') }} as age_months
    from recoveries
    inner join months
        on recoveries.decision_date <= months.month_end_date
    inner join households
        on recoveries.household_key = households.household_key
    inner join area_codes
        on
            households.hukou_area_code = area_codes.area_code
            and months.month = area_codes.month
),

counted as (
    select
        ancestors.ancestor_area_code as area_code,
        dated.month,
        dated.programme_code,
        age_bands.recovery_age_band_code,
        count(*) as recoveries_count,
        sum(case when dated.due_amount_yuan > dated.recovered_amount_yuan then 1 else 0 end) as open_count,
        sum(dated.due_amount_yuan) as due_amount_yuan,
        sum(dated.recovered_amount_yuan) as recovered_amount_yuan
    from dated
    inner join age_bands
        on
            dated.age_months >= age_bands.from_months
            and dated.age_months <= age_bands.to_months
    inner join ancestors
        on dated.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, dated.month, dated.programme_code, age_bands.recovery_age_band_code
),

spanned as (
    select
        areas.area_code,
        areas.area_name,
        areas.level_code,
        areas.level_name,
        months.month,
        programmes.programme_code,
        age_bands.recovery_age_band_code,
        age_bands.recovery_age_band_name,
        fed.month is not null as has_feed
    from areas
    inner join months
        on
            areas.level_code <> 'special'
            and areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
    inner join begun
        on months.month >= begun.first_month
    cross join programmes
    cross join age_bands
    left join fed
        on months.month = fed.month
),

final as (
    select
        spanned.area_code,
        spanned.month,
        spanned.programme_code,
        spanned.recovery_age_band_code,
        spanned.area_name,
        spanned.level_code,
        spanned.level_name,
        spanned.recovery_age_band_name,
        case when spanned.has_feed then cast(coalesce(counted.recoveries_count, 0) as bigint) end as recoveries_count,
        case when spanned.has_feed then cast(coalesce(counted.open_count, 0) as bigint) end as open_count,
        case when spanned.has_feed then cast(coalesce(counted.due_amount_yuan, 0) as decimal(18, 2)) end
            as due_amount_yuan,
        case when spanned.has_feed then cast(coalesce(counted.recovered_amount_yuan, 0) as decimal(18, 2)) end
            as recovered_amount_yuan,
        case
            when spanned.has_feed
                then cast(coalesce(counted.due_amount_yuan - counted.recovered_amount_yuan, 0) as decimal(18, 2))
        end as open_amount_yuan,
        cast(counted.recovered_amount_yuan as double) / nullif(cast(counted.due_amount_yuan as double), 0)
            as recovered_share,
        case
            when not spanned.has_feed then 'no_data'
            when counted.recoveries_count is null then 'not_applicable'
            when counted.recoveries_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from spanned
    left join counted
        on
            spanned.area_code = counted.area_code
            and spanned.month = counted.month
            and spanned.programme_code = counted.programme_code
            and spanned.recovery_age_band_code = counted.recovery_age_band_code
)

select * from final
