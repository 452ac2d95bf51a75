with counted as (
    select * from {{ ref('int_shelters__counted') }}
),

final as (
    select
        area_code,
        month,
        shelter_month,
        shelters_count,
        shelter_capacity_count,
        exposed_count
    from counted
)

select * from final
