with indicators as (
    select * from {{ ref('indicators') }}
),

final as (
    select
        indicator_code,
        indicator_name,
        numerator_name,
        denominator_name,
        unit,
        period_name,
        direction,
        sort_order,
        owner_department,
        definition
    from indicators
)

select * from final
