with households as (
    select * from {{ ref('int_household_enrolments__counted') }}
),

paid as (
    select * from {{ ref('int_household_months__paid') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- A household that is paid without being on the roster spends money all the same; it has nobody enrolled.
every_household as (
    select
        coalesce(households.household_key, paid.household_key) as household_key,
        coalesce(households.programme_code, paid.programme_code) as programme_code,
        coalesce(households.month, paid.month) as month,
        coalesce(households.hukou_area_code, paid.hukou_area_code) as hukou_area_code,
        coalesce(households.residence_area_code, paid.residence_area_code) as residence_area_code,
        households.household_key is not null as is_covered,
        coalesce(households.enrolled_count, 0) as enrolled_count,
        households.entitlement_amount_yuan,
        households.household_income_yuan,
        paid.paid_amount_yuan as spend_amount_yuan
    from households
    full outer join paid
        on
            households.household_key = paid.household_key
            and households.programme_code = paid.programme_code
            and households.month = paid.month
),

final as (
    select
        every_household.household_key,
        every_household.programme_code,
        every_household.month,
        bases.basis_code,
        {{ area_on_basis('every_household') }} as area_code,
        every_household.is_covered,
        every_household.enrolled_count,
        every_household.entitlement_amount_yuan,
        every_household.household_income_yuan,
        coalesce(every_household.spend_amount_yuan, 0) as spend_amount_yuan
    from every_household
    cross join bases
)

select * from final
