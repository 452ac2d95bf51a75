with applications as (
    select * from {{ ref('int_applications__decided') }}
),

final as (
    select
        application_key,
        person_key,
        programme_code,
        application_date,
        cast(date_trunc('month', application_date) as date) as month,
        area_code,
        hukou_area_code,
        residence_area_code,
        application_channel_code,
        id_status_code,
        last_step_code,
        last_event_date,
        approved_date,
        application_status_code
    from applications
)

select * from final
