with source as (
    select * from {{ source('deliveries', 'codes') }}
),

final as (
    select
        code_type,
        code,
        code_name
    from source
)

select * from final
