with registrations as (
    select * from {{ ref('stg_employment__unemployment_registrations') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        registrations.person_key,
        registrations.report_month as month,
        registrations.unemployed_date,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        coalesce(registrations.id_status_code, 'missing') as id_status_code,
        registrations.is_insured
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
)

select * from final
