with cells as (
    select
        draw_group,
        is_own,
        draw_number,
        level_rank,
        indicator_number,
        area_number as area_code,
        parent_area_number as parent_area_code,
        numerator,
        denominator
    from {{ ref('int_balance__measured') }}
),

final as (
    select *
    from {{ balance_indices(
        'cells', ['draw_group', 'is_own', 'draw_number', 'level_rank', 'indicator_number'], plain_sum
    ) }} as indices
)

select * from final
