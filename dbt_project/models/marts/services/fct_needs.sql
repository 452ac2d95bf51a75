with needs as (
    select * from {{ ref('int_needs__delivered') }}
),

final as (
    select
        person_key,
        month,
        service_type_code,
        assessed_month,
        residence_area_code,
        id_status_code,
        services_count,
        ever_services_count,
        is_served
    from needs
)

select * from final
