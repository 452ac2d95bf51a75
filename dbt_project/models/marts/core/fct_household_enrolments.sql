with enrolments as (
    select * from {{ ref('int_household_enrolments__counted') }}
),

final as (
    select
        household_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        enrolled_count,
        approved_count,
        member_count,
        entitlement_amount_yuan,
        household_income_yuan,
        is_single_person
    from enrolments
)

select * from final
