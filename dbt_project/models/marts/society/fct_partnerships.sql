with partnerships as (
    select * from {{ ref('stg_society__partnerships') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

-- Two spellings or codes of one village are one partnership.
final as (
    select
        partnerships.organisation_code,
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        partnerships.report_month as month,
        min(partnerships.started_date) as started_date
    from partnerships
    left join mapped
        on
            partnerships.area_code = mapped.area_code
            and partnerships.report_month = mapped.month
    where partnerships.is_current
    group by
        partnerships.organisation_code,
        coalesce(mapped.mapped_area_code, 'unknown'),
        partnerships.report_month
)

select * from final
