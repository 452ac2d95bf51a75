with institutions as (
    select * from {{ ref('stg_care__care_institutions') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        institutions.institution_code,
        institutions.report_month as month,
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        institutions.institution_name,
        institutions.ownership_code,
        institutions.bed_count,
        institutions.nursing_bed_count,
        institutions.care_staff_count,
        institutions.certified_staff_count,
        institutions.elder_count,
        institutions.monthly_price_yuan,
        institutions.elder_count > institutions.bed_count as is_overfull
    from institutions
    left join mapped
        on
            institutions.area_code = mapped.area_code
            and institutions.report_month = mapped.month
    where institutions.is_current
)

select * from final
