with volunteer_visits as (
    select * from {{ ref('stg_matching__volunteer_visits') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        volunteer_visits.record_key,
        volunteer_visits.person_key,
        volunteer_visits.visit_date,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        coalesce(volunteer_visits.id_status_code, 'missing') as id_status_code,
        volunteer_visits.hours_count
    from volunteer_visits
    left join mapped as residence
        on
            volunteer_visits.residence_area_code = residence.area_code
            and volunteer_visits.report_month = residence.month
    where volunteer_visits.is_current
)

select * from final
