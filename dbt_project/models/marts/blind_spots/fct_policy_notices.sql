with notices as (
    select * from {{ ref('stg_hardship__policy_notices') }}
    where is_current
),

applications as (
    select * from {{ ref('stg_cases__applications') }}
    where is_current
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

applied as (
    select
        notices.person_key,
        notices.programme_code,
        notices.notified_date,
        min(applications.application_date) as applied_date
    from notices
    inner join applications
        on
            notices.person_key = applications.person_key
            and notices.programme_code = applications.programme_code
            and notices.notified_date <= applications.application_date
    group by notices.person_key, notices.programme_code, notices.notified_date
),

final as (
    select
        notices.person_key,
        notices.programme_code,
        notices.notified_date,
        cast(date_trunc('month', notices.notified_date) as date) as month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        notices.notice_channel_code,
        notices.notice_answer_code,
        coalesce(notices.id_status_code, 'missing') as id_status_code,
        applied.person_key is not null as has_applied
    from notices
    left join applied
        on
            notices.person_key = applied.person_key
            and notices.programme_code = applied.programme_code
            and notices.notified_date = applied.notified_date
    left join mapped as hukou
        on
            notices.hukou_area_code = hukou.area_code
            and notices.report_month = hukou.month
    left join mapped as residence
        on
            notices.residence_area_code = residence.area_code
            and notices.report_month = residence.month
)

select * from final
