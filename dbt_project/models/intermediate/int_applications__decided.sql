with applications as (
    select * from {{ ref('stg_cases__applications') }}
),

events as (
    select * from {{ ref('int_case_events__timed') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

last_events as (
    select
        *,
        row_number() over (partition by application_key order by step_number desc) as choice
    from events
),

approved as (
    select
        application_key,
        min(event_date) as approved_date
    from events
    where step_code = 'approve' and step_result_code = 'passed'
    group by application_key
),

placed as (
    select
        applications.application_key,
        applications.person_key,
        applications.programme_code,
        applications.application_date,
        applications.application_channel_code,
        coalesce(applications.id_status_code, 'missing') as id_status_code,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code
    from applications
    left join mapped as hukou
        on
            applications.hukou_area_code = hukou.area_code
            and applications.report_month = hukou.month
    left join mapped as residence
        on
            applications.residence_area_code = residence.area_code
            and applications.report_month = residence.month
    where applications.is_current
),

final as (
    select
        placed.*,
        -- Handled where the applicant lives; who lives elsewhere applied where registered.
        case
            when placed.residence_area_code in ('outside', 'unknown') then placed.hukou_area_code
            else placed.residence_area_code
        end as area_code,
        last_events.step_code as last_step_code,
        last_events.event_date as last_event_date,
        approved.approved_date,
        case
            when last_events.step_result_code <> 'passed' then last_events.step_result_code
            when approved.approved_date is not null then 'approved'
            else 'pending'
        end as application_status_code
    from placed
    left join last_events
        on
            placed.application_key = last_events.application_key
            and last_events.choice = 1
    left join approved
        on placed.application_key = approved.application_key
)

select * from final
