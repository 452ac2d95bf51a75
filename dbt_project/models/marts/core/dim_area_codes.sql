with mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        area_code,
        month,
        mapped_area_code
    from mapped
)

select * from final
