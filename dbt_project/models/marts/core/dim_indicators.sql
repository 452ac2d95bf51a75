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
        interval_code,
        gap_unit,
        definition
    from indicators
)

select * from final
