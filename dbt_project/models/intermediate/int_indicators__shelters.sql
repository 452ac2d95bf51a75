with counted as (
    select * from {{ ref('int_shelters__counted') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- A shelter and those who would flee to it are where they are: both bases tell the same.
final as (
    select
        counted.area_code,
        counted.month,
        'disaster' as programme_code,
        bases.basis_code,
        'shelter_capacity' as indicator_code,
        cast(counted.shelter_capacity_count as double) as numerator,
        cast(counted.exposed_count as double) as denominator,
        counted.exposed_count as persons_count
    from counted
    cross join bases
)

select * from final
