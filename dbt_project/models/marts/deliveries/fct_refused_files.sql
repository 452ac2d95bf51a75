with deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

extracts as (
    select * from {{ ref('stg_deliveries__extracts') }}
),

departments as (
    select distinct
        department_code,
        department_name
    from extracts
),

run as (
    select * from {{ ref('stg_deliveries__run') }}
),

-- Nobody knows the month of what could not be read: it is told of the month the run is about, as long as it stands.
final as (
    select
        deliveries.department_code,
        coalesce(deliveries.extract_name, '') as extract_name,
        run.business_month as month,
        coalesce(max(departments.department_name), deliveries.department_code) as department_name,
        max(extracts.extract_label) as extract_label,
        max(extracts.cadence_code) as cadence_code,
        count(*) as refused_files_count
    from deliveries
    cross join run
    left join departments
        on deliveries.department_code = departments.department_code
    left join extracts
        on
            deliveries.department_code = extracts.department_code
            and deliveries.extract_name = extracts.extract_name
    where deliveries.status_code = 'refused'
    group by deliveries.department_code, coalesce(deliveries.extract_name, ''), run.business_month
)

select * from final
