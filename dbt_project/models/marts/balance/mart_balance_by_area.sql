with indicator_values as (
    select * from {{ ref('mart_indicators') }}
),

balance as (
    select * from {{ ref('mart_balance') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

final as (
    select
        balance.area_code as scope_area_code,
        indicator_values.area_code,
        indicator_values.month,
        indicator_values.programme_code,
        indicator_values.basis_code,
        indicator_values.indicator_code,
        areas.area_name,
        areas.level_code,
        areas.parent_area_name as parent_name,
        indicator_values.value,
        indicator_values.denominator / balance.denominator as denominator_share,
        indicator_values.numerator / nullif(balance.numerator, 0) as numerator_share,
        indicator_values.numerator / nullif(balance.numerator, 0)
        - indicator_values.denominator / balance.denominator as surplus_ratio,
        case
            when balance.value = 0 then null
            when indicator_values.value > 0
                then
                    indicator_values.numerator / balance.numerator
                    * ln(indicator_values.value / balance.value)
            else 0
        end as theil_t_contribution,
        indicator_values.status
    from indicator_values
    inner join areas
        on indicator_values.area_code = areas.area_code
    inner join ancestors
        on indicator_values.area_code = ancestors.area_code
    inner join balance
        on
            ancestors.ancestor_area_code = balance.area_code
            and areas.level_code = balance.level_code
            and indicator_values.month = balance.month
            and indicator_values.programme_code = balance.programme_code
            and indicator_values.basis_code = balance.basis_code
            and indicator_values.indicator_code = balance.indicator_code
    where indicator_values.value is not null
)

select * from final
