with standards as (
    select * from {{ ref('stg_standards__standards') }}
),

areas as (
    select * from {{ ref('int_areas__described') }}
),

final as (
    select
        standards.programme_code,
        coalesce(areas.area_code, 'unknown') as area_code,
        standards.effective_date as valid_from_date,
        cast(
            lead(standards.effective_date) over (
                partition by standards.programme_code, standards.area_code
                order by standards.effective_date
            ) - interval 1 day as date
        ) as valid_to_date,
        standards.basis_document,
        standards.standard_amount_yuan
    from standards
    left join areas
        on standards.area_code = areas.area_code
    where standards.is_current
)

select * from final
