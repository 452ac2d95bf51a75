with records as (
    select * from {{ ref('stg_platform__platform_records') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        records.person_key,
        records.programme_code,
        records.report_month as month,
        coalesce(mapped.mapped_area_code, 'unknown') as hukou_area_code,
        records.start_date,
        records.platform_status_code,
        coalesce(records.id_status_code, 'missing') as id_status_code
    from records
    left join mapped
        on
            records.hukou_area_code = mapped.area_code
            and records.report_month = mapped.month
    where records.is_current
)

select * from final
