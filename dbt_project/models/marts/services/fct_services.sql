with services as (
    select * from {{ ref('int_services__placed') }}
),

final as (
    select
        service_key,
        person_key,
        service_date,
        month,
        residence_area_code,
        service_type_code,
        provision_code,
        id_status_code,
        service_cost_yuan
    from services
)

select * from final
