with applications as (
    select * from {{ ref('int_applications__decided') }}
),

stalled as (
    select * from {{ ref('int_applications__stalled') }}
),

final as (
    select
        applications.application_key,
        applications.person_key,
        applications.programme_code,
        applications.application_date,
        cast(date_trunc('month', applications.application_date) as date) as month,
        applications.area_code,
        applications.hukou_area_code,
        applications.residence_area_code,
        applications.application_channel_code,
        applications.id_status_code,
        applications.last_step_code,
        applications.last_event_date,
        applications.approved_date,
        applications.application_status_code,
        stalled.application_key is not null as is_stalled
    from applications
    left join stalled
        on applications.application_key = stalled.application_key
)

select * from final
