with stays as (
    select * from {{ ref('int_custody__settled') }}
),

final as (
    select
        person_key,
        custody_start_date,
        custody_end_date,
        custody_type_code,
        id_status_code
    from stays
)

select * from final
