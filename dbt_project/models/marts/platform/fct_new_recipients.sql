with recipients as (
    select * from {{ ref('int_new_recipients__found') }}
),

final as (
    select
        person_key,
        programme_code,
        month,
        basis_code,
        area_code,
        start_date,
        cast(lead_days as bigint) as lead_days
    from recipients
)

select * from final
