with staff as (
    select * from {{ ref('stg_staff__staff') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

staff_weights as (
    select * from {{ ref('staff_weights') }}
),

final as (
    select
        staff.person_key,
        staff.report_month as month,
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        staff.employment_type_code,
        staff.hired_date,
        staff.left_date,
        coalesce(staff.id_status_code, 'missing') as id_status_code,
        staff_weights.full_time_equivalent as full_time_equivalents,
        staff.is_certified
    from staff
    inner join staff_weights
        on staff.employment_type_code = staff_weights.employment_type_code
    left join mapped
        on
            staff.area_code = mapped.area_code
            and staff.report_month = mapped.month
    where staff.is_current
)

select * from final
