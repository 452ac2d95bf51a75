with layers as (
    select * from {{ ref('int_layers__placed') }}
),

final as (
    select
        person_key,
        month,
        previous_month,
        layer_code,
        hukou_area_code,
        residence_area_code,
        last_enrolled_month
    from layers
)

select * from final
