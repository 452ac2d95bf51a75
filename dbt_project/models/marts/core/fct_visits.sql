with visits as (
    select * from {{ ref('stg_casework__visits') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        visits.household_key,
        visits.visit_date,
        cast(date_trunc('month', visits.visit_date) as date) as month,
        coalesce(places.mapped_area_code, 'unknown') as area_code,
        visits.visit_result_code
    from visits
    left join mapped as places
        on
            visits.area_code = places.area_code
            and visits.report_month = places.month
    where visits.is_current
)

select * from final
