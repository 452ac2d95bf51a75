with budgets as (
    select * from {{ ref('stg_budgets__budgets') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

-- Two streets that merged may be budgeted apart under one code.
final as (
    select
        budgets.budget_year,
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        budgets.programme_code,
        budgets.fund_source_code,
        cast(sum(budgets.budget_amount_yuan) as decimal(18, 2)) as budget_amount_yuan
    from budgets
    left join mapped
        on
            budgets.area_code = mapped.area_code
            and budgets.report_month = mapped.month
    where budgets.is_current
    group by
        budgets.budget_year,
        coalesce(mapped.mapped_area_code, 'unknown'),
        budgets.programme_code,
        budgets.fund_source_code
)

select * from final
