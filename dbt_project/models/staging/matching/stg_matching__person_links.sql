with source as (
    select * from {{ source('links', 'person_links') }}
),

final as (
    select
        table_name,
        person_key,
        linked_person_key,
        tier_code,
        probability
    from source
)

select * from final
