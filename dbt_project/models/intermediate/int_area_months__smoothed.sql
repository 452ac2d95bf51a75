with rated as (
    select * from {{ ref('int_area_months__rated') }}
),

-- Villages shrink to their street, streets to their district: always to the area above.
cells as (
    select
        month,
        programme_code,
        basis_code,
        level_code,
        scope_area_code,
        area_code,
        parent_area_code as prior_area_code,
        recipients_count as numerator,
        population_count as denominator
    from rated
    where scope_area_code <> area_code and parent_area_code is not null
),

final as (
    select *
    from {{ smoothed_rates('cells', ['month', 'programme_code', 'basis_code', 'level_code', 'scope_area_code']) }}
        as smoothed
)

select * from final
