with services as (
    select * from {{ ref('stg_services__services') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        services.service_key,
        services.person_key,
        services.service_date,
        cast(date_trunc('month', services.service_date) as date) as month,
        coalesce(mapped.mapped_area_code, 'unknown') as residence_area_code,
        services.service_type_code,
        services.provision_code,
        coalesce(services.id_status_code, 'missing') as id_status_code,
        services.service_cost_yuan
    from services
    left join mapped
        on
            services.residence_area_code = mapped.area_code
            and services.report_month = mapped.month
    where services.is_current
)

select * from final
