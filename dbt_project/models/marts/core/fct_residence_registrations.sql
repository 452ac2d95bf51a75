with registrations as (
    select * from {{ ref('stg_residence__residence_registrations') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

placed as (
    select
        registrations.person_key,
        registrations.report_month as month,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        registrations.registered_date,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(registrations.id_status_code, 'missing') as id_status_code,
        registrations.has_residence_permit
    from registrations
    left join mapped as hukou
        on
            registrations.hukou_area_code = hukou.area_code
            and registrations.report_month = hukou.month
    left join mapped as residence
        on
            registrations.residence_area_code = residence.area_code
            and registrations.report_month = residence.month
    where registrations.is_current
),

-- Registered in two villages that are one today: one registration, the later.
chosen as (
    select
        *,
        row_number() over (
            partition by person_key, month, residence_area_code
            order by registered_date desc, hukou_area_code asc, id_status_code desc
        ) as choice
    from placed
),

final as (
    select
        person_key,
        month,
        residence_area_code,
        registered_date,
        hukou_area_code,
        id_status_code,
        has_residence_permit
    from chosen
    where choice = 1
)

select * from final
