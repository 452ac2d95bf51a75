with budgets as (
    select * from {{ ref('fct_budgets') }}
),

funds as (
    select * from {{ ref('fct_funds') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

budgeted as (
    select
        ancestors.ancestor_area_code as area_code,
        budgets.budget_year,
        budgets.programme_code,
        sum(budgets.budget_amount_yuan) as budget_amount_yuan
    from budgets
    inner join ancestors
        on budgets.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, budgets.budget_year, budgets.programme_code
),

-- A budget is of fiscal money: what was donated executes none of it.
disbursed as (
    select
        ancestors.ancestor_area_code as area_code,
        funds.month,
        funds.programme_code,
        sum(funds.fund_amount_yuan) as disbursed_amount_yuan
    from funds
    inner join ancestors
        on funds.area_code = ancestors.area_code
    where funds.is_fiscal
    group by ancestors.ancestor_area_code, funds.month, funds.programme_code
),

booked_months as (
    select distinct month
    from funds
),

-- The year up to a month; where one of its months was never booked it cannot be told.
elapsed as (
    select
        months.month,
        months.calendar_year,
        cast(extract(month from months.month) as bigint) as elapsed_month_count,
        count(booked_months.month) as booked_month_count
    from months
    left join booked_months
        on
            months.month >= booked_months.month
            and months.calendar_year = extract(year from booked_months.month)
    group by months.month, months.calendar_year
),

years as (
    select distinct
        budget_year,
        programme_code
    from budgets
),

spine as (
    select
        areas.area_code,
        areas.level_code,
        elapsed.month,
        elapsed.calendar_year,
        elapsed.elapsed_month_count,
        elapsed.booked_month_count,
        years.programme_code
    from areas
    inner join elapsed
        on
            areas.valid_from_month <= elapsed.month
            and coalesce(areas.valid_to_month >= elapsed.month, true)
    inner join years
        on elapsed.calendar_year = years.budget_year
    where areas.level_code <> 'village'
),

summed as (
    select
        spine.area_code,
        spine.level_code,
        spine.month,
        spine.programme_code,
        spine.elapsed_month_count,
        spine.booked_month_count,
        max(budgeted.budget_amount_yuan) as budget_amount_yuan,
        sum(disbursed.disbursed_amount_yuan) as disbursed_amount_yuan
    from spine
    left join budgeted
        on
            spine.area_code = budgeted.area_code
            and spine.calendar_year = budgeted.budget_year
            and spine.programme_code = budgeted.programme_code
    left join disbursed
        on
            spine.area_code = disbursed.area_code
            and spine.programme_code = disbursed.programme_code
            and spine.calendar_year = extract(year from disbursed.month)
            and spine.month >= disbursed.month
    group by
        spine.area_code,
        spine.level_code,
        spine.month,
        spine.programme_code,
        spine.elapsed_month_count,
        spine.booked_month_count
),

valued as (
    select
        *,
        case
            when booked_month_count < elapsed_month_count then 'no_data'
            when level_code = 'special' or coalesce(budget_amount_yuan, 0) = 0 then 'not_applicable'
            else 'ok'
        end as status
    from summed
),

shared as (
    select
        *,
        cast(elapsed_month_count as double) / 12 as elapsed_share,
        case
            when status = 'ok'
                then cast(coalesce(disbursed_amount_yuan, 0) as double) / cast(budget_amount_yuan as double)
        end as execution_ratio
    from valued
),

final as (
    select
        area_code,
        month,
        programme_code,
        level_code,
        cast(coalesce(budget_amount_yuan, 0) as decimal(18, 2)) as budget_amount_yuan,
        cast(case when status <> 'no_data' then coalesce(disbursed_amount_yuan, 0) end as decimal(18, 2))
            as disbursed_amount_yuan,
        execution_ratio,
        elapsed_share,
        elapsed_share - execution_ratio > {{ cutoff('budget_behind_share') }} as is_behind,
        status
    from shared
)

select * from final
