with misreports as (
    select * from {{ ref('int_misreports__followed') }}
),

final as (
    select
        misreport_key,
        person_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        registered_date,
        misreport_reason_code,
        id_status_code,
        barred_months,
        bar_end_month,
        reentry_month
    from misreports
)

select * from final
