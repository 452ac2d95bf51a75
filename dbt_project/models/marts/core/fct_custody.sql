with custody as (
    select * from {{ ref('stg_custody__custody') }}
),

final as (
    select
        person_key,
        custody_start_date,
        custody_end_date,
        custody_type_code,
        coalesce(id_status_code, 'missing') as id_status_code
    from custody
    where is_current
)

select * from final
