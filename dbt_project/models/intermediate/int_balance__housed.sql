with households as (
    select * from {{ ref('int_household_months__placed') }}
),

populated as (
    select * from {{ ref('int_balance__populated') }}
),

final as (
    select
        populated.draw_group,
        populated.area_number,
        households.household_key,
        cast(households.enrolled_count as double) as recipients,
        cast(households.spend_amount_yuan as double) as spend_amount_yuan,
        cast(coalesce(households.entitlement_amount_yuan, 0) as double) as entitlement_amount_yuan
    from households
    inner join populated
        on
            households.area_code = populated.area_code
            and households.month = populated.month
            and households.programme_code = populated.programme_code
            and households.basis_code = populated.basis_code
    where households.enrolled_count > 0
)

select * from final
