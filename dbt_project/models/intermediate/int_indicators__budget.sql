with budgets as (
    select * from {{ ref('stg_budgets__budgets') }}
),

funds as (
    select * from {{ ref('stg_funds__funds') }}
),

fund_sources as (
    select * from {{ ref('fund_sources') }}
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

fiscal as (
    select
        funds.area_code,
        funds.report_month,
        funds.programme_code,
        funds.fund_amount_yuan
    from funds
    inner join fund_sources
        on funds.fund_source_code = fund_sources.fund_source_code
    where funds.is_current and fund_sources.is_fiscal
),

-- A year of which a month was never booked cannot be told from there on.
told as (
    select months.month
    from months
    inner join fiscal
        on
            months.month >= fiscal.report_month
            and extract(year from months.month) = extract(year from fiscal.report_month)
    group by months.month
    having count(distinct fiscal.report_month) = extract(month from months.month)
),

budgeted as (
    select
        mapped.mapped_area_code as area_code,
        told.month,
        budgets.programme_code,
        sum(budgets.budget_amount_yuan) as budget_amount_yuan
    from told
    inner join budgets
        on
            extract(year from told.month) = budgets.budget_year
            and budgets.is_current
    inner join mapped
        on
            budgets.area_code = mapped.area_code
            and told.month = mapped.month
    group by mapped.mapped_area_code, told.month, budgets.programme_code
),

disbursed as (
    select
        mapped.mapped_area_code as area_code,
        told.month,
        fiscal.programme_code,
        sum(fiscal.fund_amount_yuan) as disbursed_amount_yuan
    from told
    inner join fiscal
        on
            told.month >= fiscal.report_month
            and extract(year from told.month) = extract(year from fiscal.report_month)
    inner join mapped
        on
            fiscal.area_code = mapped.area_code
            and told.month = mapped.month
    group by mapped.mapped_area_code, told.month, fiscal.programme_code
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

final as (
    select
        budgeted.area_code,
        budgeted.month,
        budgeted.programme_code,
        streets.basis_code,
        'budget_execution_share' as indicator_code,
        cast(coalesce(disbursed.disbursed_amount_yuan, 0) as double) as numerator,
        cast(budgeted.budget_amount_yuan as double) as denominator,
        -- Money rests on no recipients of its own: on those it is there for.
        cast(streets.population_count as bigint) as persons_count
    from budgeted
    inner join streets
        on
            budgeted.area_code = streets.area_code
            and budgeted.month = streets.month
    left join disbursed
        on
            budgeted.area_code = disbursed.area_code
            and budgeted.month = disbursed.month
            and budgeted.programme_code = disbursed.programme_code
)

select * from final
