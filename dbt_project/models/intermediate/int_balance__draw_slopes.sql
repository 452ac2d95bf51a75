with measured as (
    select * from {{ ref('int_balance__measured') }}
),

finest as (
    select
        draw_group,
        min(level_rank) as level_rank
    from measured
    group by draw_group
),

-- Two draws around the same rates are a year in which nothing changed. Not of the finest areas: there, noise alone
-- makes the slope -1.
paired as (
    select
        earlier.draw_group,
        earlier.draw_number,
        earlier.level_rank,
        earlier.indicator_number,
        ln(earlier.numerator / earlier.denominator) as log_earlier,
        ln((later.numerator / later.denominator) / (earlier.numerator / earlier.denominator)) as growth
    from measured as earlier
    inner join measured as later
        on
            earlier.draw_group = later.draw_group
            and earlier.is_own = later.is_own
            and earlier.draw_number + 1 = later.draw_number
            and earlier.level_rank = later.level_rank
            and earlier.indicator_number = later.indicator_number
            and earlier.area_number = later.area_number
    inner join finest
        on
            earlier.draw_group = finest.draw_group
            and earlier.level_rank > finest.level_rank
    where
        earlier.is_own
        and earlier.numerator > 0
        and earlier.denominator > 0
        and later.numerator > 0
        and later.denominator > 0
),

final as (
    select
        draw_group,
        draw_number,
        level_rank,
        indicator_number,
        regr_slope(growth, log_earlier) as unchanged_slope
    from paired
    group by draw_group, draw_number, level_rank, indicator_number
)

select * from final
