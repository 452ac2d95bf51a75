with items as (
    select * from {{ ref('int_income_items__placed') }}
),

final as (
    select
        income_item_key,
        household_key,
        person_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        declared_date,
        income_type_code,
        income_source_code,
        income_verification_code,
        id_status_code,
        declared_amount_yuan,
        verified_amount_yuan,
        cast(verified_amount_yuan - declared_amount_yuan as decimal(18, 2)) as undeclared_amount_yuan
    from items
)

select * from final
