with aided as (
    select * from {{ ref('int_aided_events__judged') }}
),

final as (
    select
        aid_record_key,
        department_code,
        event_key,
        person_key,
        event_type_code,
        month,
        hukou_area_code,
        residence_area_code,
        aided_date,
        id_status_code,
        event_amount_yuan,
        aided_amount_yuan,
        case when is_paid_twice then beyond_amount_yuan end as overpaid_amount_yuan,
        is_paid_twice
    from aided
)

select * from final
