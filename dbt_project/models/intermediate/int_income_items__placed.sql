with items as (
    select * from {{ ref('stg_evidence__income_items') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        items.income_item_key,
        items.household_key,
        items.person_key,
        items.programme_code,
        items.report_month as month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        items.declared_date,
        items.income_type_code,
        items.income_source_code,
        items.income_verification_code,
        coalesce(items.id_status_code, 'missing') as id_status_code,
        items.declared_amount_yuan,
        items.verified_amount_yuan
    from items
    left join mapped as hukou
        on
            items.hukou_area_code = hukou.area_code
            and items.report_month = hukou.month
    left join mapped as residence
        on
            items.residence_area_code = residence.area_code
            and items.report_month = residence.month
    where items.is_current
)

select * from final
