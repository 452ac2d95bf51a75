with links as (
    select * from {{ ref('int_person_links__judged') }}
),

final as (
    select
        table_name,
        person_key,
        linked_person_key,
        decided_date,
        list_name,
        tier_code,
        link_status_code,
        probability,
        is_proposed,
        is_in_force
    from links
)

select * from final
