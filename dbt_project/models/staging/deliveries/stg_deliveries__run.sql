with source as (
    select * from {{ source('deliveries', 'run') }}
),

final as (
    select business_month
    from source
)

select * from final
