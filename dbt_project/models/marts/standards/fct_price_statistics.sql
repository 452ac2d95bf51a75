with statistics as (
    select * from {{ ref('stg_prices__price_statistics') }}
),

areas as (
    select * from {{ ref('int_areas__described') }}
),

final as (
    select
        coalesce(areas.area_code, 'unknown') as area_code,
        statistics.statistic_code,
        statistics.effective_date as valid_from_date,
        cast(
            lead(statistics.effective_date) over (
                partition by statistics.area_code, statistics.statistic_code
                order by statistics.effective_date
            ) - interval 1 day as date
        ) as valid_to_date,
        statistics.statistic_value
    from statistics
    left join areas
        on statistics.area_code = areas.area_code
    where statistics.is_current
)

select * from final
