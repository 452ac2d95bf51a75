with funds as (
    select * from {{ ref('stg_funds__funds') }}
),

fund_sources as (
    select * from {{ ref('fund_sources') }}
),

donations as (
    select * from {{ ref('stg_charity__donations') }}
),

purposes as (
    select * from {{ ref('charity_purposes') }}
),

population as (
    select * from {{ ref('int_population__by_month') }}
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

booked as (
    select
        funds.area_code,
        funds.report_month,
        funds.programme_code,
        fund_sources.is_fiscal,
        funds.fund_amount_yuan
    from funds
    inner join fund_sources
        on funds.fund_source_code = fund_sources.fund_source_code
    where funds.is_current
    union all
    select
        donations.spent_area_code as area_code,
        donations.report_month,
        purposes.programme_code,
        false as is_fiscal,
        donations.donation_amount_yuan as fund_amount_yuan
    from donations
    inner join purposes
        on donations.purpose_code = purposes.purpose_code
    where donations.is_current and donations.donation_status_code = 'received'
),

-- A window that lacks a month would be compared with whole ones.
told as (
    select
        months.month,
        count(distinct booked_months.report_month) as told_month_count,
        {{ month_count('min(begun.month)', 'months.month') }} + 1 as month_count
    from months
    cross join (
        select min(report_month) as month
        from funds
        where is_current
    ) as begun
    inner join funds as booked_months
        on
            booked_months.is_current
            and months.month >= booked_months.report_month
            and {{ month_count('booked_months.report_month', 'months.month') }} < {{ cutoff('window_months') }}
    group by months.month
),

windows as (
    select month
    from told
    where told_month_count = least(month_count, {{ cutoff('window_months') }})
),

streets as (
    select
        ancestors.ancestor_area_code as area_code,
        population.month,
        population.basis_code,
        sum(population.population_count) as population_count
    from population
    inner join ancestors
        on
            population.area_code = ancestors.area_code
            and ancestors.ancestor_level_code = 'street'
    group by ancestors.ancestor_area_code, population.month, population.basis_code
),

mixed as (
    select
        mapped.mapped_area_code as area_code,
        windows.month,
        booked.programme_code,
        sum(case when booked.is_fiscal then booked.fund_amount_yuan else 0 end) as fiscal_amount_yuan,
        sum(booked.fund_amount_yuan) as fund_amount_yuan
    from windows
    inner join booked
        on
            windows.month >= booked.report_month
            and {{ month_count('booked.report_month', 'windows.month') }} < {{ cutoff('window_months') }}
    inner join mapped
        on
            booked.area_code = mapped.area_code
            and windows.month = mapped.month
    group by mapped.mapped_area_code, windows.month, booked.programme_code
),

-- Where nobody gives, nothing a head is a true zero: every street of a programme that anybody gives for counts.
given as (
    select
        purposes.programme_code,
        windows.month,
        mapped.mapped_area_code as area_code,
        sum(donations.donation_amount_yuan) as donation_amount_yuan,
        count(distinct donations.donor_key) as donors_count
    from windows
    inner join donations
        on
            donations.is_current
            and donations.donation_status_code = 'received'
            and windows.month >= donations.report_month
            and {{ month_count('donations.report_month', 'windows.month') }} < {{ cutoff('window_months') }}
    inner join purposes
        on donations.purpose_code = purposes.purpose_code
    inner join mapped
        on
            donations.donor_area_code = mapped.area_code
            and windows.month = mapped.month
    group by purposes.programme_code, windows.month, mapped.mapped_area_code
),

gifts as (
    select distinct
        programme_code,
        month
    from given
),

final as (
    select
        mixed.area_code,
        mixed.month,
        mixed.programme_code,
        streets.basis_code,
        'fiscal_share' as indicator_code,
        cast(mixed.fiscal_amount_yuan as double) as numerator,
        cast(mixed.fund_amount_yuan as double) as denominator,
        -- Money rests on no recipients of its own: on those it is there for.
        cast(streets.population_count as bigint) as persons_count
    from mixed
    inner join streets
        on
            mixed.area_code = streets.area_code
            and mixed.month = streets.month
    union all
    select
        streets.area_code,
        streets.month,
        gifts.programme_code,
        streets.basis_code,
        'donations_per_head' as indicator_code,
        cast(coalesce(given.donation_amount_yuan, 0) as double) as numerator,
        cast(streets.population_count as double) as denominator,
        coalesce(given.donors_count, 0) as persons_count
    from streets
    inner join gifts
        on streets.month = gifts.month
    left join given
        on
            streets.area_code = given.area_code
            and streets.month = given.month
            and gifts.programme_code = given.programme_code
)

select * from final
