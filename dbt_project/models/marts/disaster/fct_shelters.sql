with shelters as (
    select * from {{ ref('stg_disaster__shelters') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        shelters.shelter_no,
        shelters.report_month as month,
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        shelters.shelter_type_code,
        shelters.shelter_capacity_count
    from shelters
    left join mapped
        on
            shelters.area_code = mapped.area_code
            and shelters.report_month = mapped.month
    where shelters.is_current
)

select * from final
