with households as (
    select * from {{ ref('stg_rosters__roster_households') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        households.household_key,
        households.person_key as head_person_key,
        households.account_key,
        households.programme_code,
        households.report_month as month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        households.start_date,
        households.end_date,
        households.end_reason_code,
        households.household_status_code,
        households.member_count,
        households.enrolled_count,
        households.household_income_yuan,
        households.entitlement_amount_yuan,
        coalesce(households.is_single_person, false) as is_single_person,
        {{ is_covered(
            'households.report_month', 'households.start_date', 'households.end_date',
            'households.household_status_code'
        ) }} as is_covered
    from households
    left join mapped as hukou
        on
            households.hukou_area_code = hukou.area_code
            and households.report_month = hukou.month
    left join mapped as residence
        on
            households.residence_area_code = residence.area_code
            and households.report_month = residence.month
    where households.is_current
)

select * from final
