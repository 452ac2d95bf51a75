with organisations as (
    select * from {{ ref('stg_society__social_organisations') }}
),

partnerships as (
    select * from {{ ref('stg_society__partnerships') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

partnered as (
    select
        organisation_code,
        report_month,
        count(*) as partner_villages_count
    from partnerships
    where is_current
    group by organisation_code, report_month
),

final as (
    select
        organisations.organisation_code,
        organisations.report_month as month,
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        organisations.organisation_name,
        organisations.organisation_type_code,
        organisations.volunteer_count,
        coalesce(partnered.partner_villages_count, 0) as partner_villages_count
    from organisations
    left join mapped
        on
            organisations.area_code = mapped.area_code
            and organisations.report_month = mapped.month
    left join partnered
        on
            organisations.organisation_code = partnered.organisation_code
            and organisations.report_month = partnered.report_month
    where organisations.is_current
)

select * from final
