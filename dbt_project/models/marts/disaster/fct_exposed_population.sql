with exposed as (
    select * from {{ ref('stg_disaster__exposed_population') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        exposed.report_month as month,
        exposed.hazard_code,
        cast(sum(exposed.exposed_count) as bigint) as exposed_count
    from exposed
    left join mapped
        on
            exposed.area_code = mapped.area_code
            and exposed.report_month = mapped.month
    where exposed.is_current
    group by
        coalesce(mapped.mapped_area_code, 'unknown'),
        exposed.report_month,
        exposed.hazard_code
)

select * from final
