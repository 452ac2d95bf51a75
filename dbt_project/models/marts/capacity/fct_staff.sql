with staff as (
    select * from {{ ref('int_staff__weighed') }}
),

final as (
    select
        person_key,
        month,
        area_code,
        employment_type_code,
        hired_date,
        left_date,
        id_status_code,
        full_time_equivalents,
        is_certified
    from staff
)

select * from final
