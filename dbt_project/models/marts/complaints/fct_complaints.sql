with complaints as (
    select * from {{ ref('int_complaints__timed') }}
),

final as (
    select
        complaint_key,
        person_key,
        month,
        received_date,
        closed_date,
        area_code,
        complaint_type_code,
        id_status_code,
        satisfaction_code,
        elapsed_day_count,
        limit_day_count,
        limit_unit,
        is_closed,
        is_substantiated,
        is_over_limit,
        is_due
    from complaints
)

select * from final
