with households as (
    select * from {{ ref('int_household_months__placed') }}
),

standards as (
    select * from {{ ref('stg_standards__standards') }}
),

ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

-- The standard of the nearest area above that has one, in force on the last day of the month.
standing as (
    select
        ancestors.area_code,
        programme_months.programme_code,
        programme_months.month,
        standards.standard_amount_yuan,
        row_number() over (
            partition by ancestors.area_code, programme_months.programme_code, programme_months.month
            order by ancestors.ancestor_level_rank asc, standards.effective_date desc
        ) as choice
    from programme_months
    inner join standards
        on
            programme_months.programme_code = standards.programme_code
            and standards.effective_date <= last_day(programme_months.month)
    inner join ancestors
        on standards.area_code = ancestors.ancestor_area_code
    where standards.is_current
),

final as (
    select
        households.area_code,
        households.month,
        households.programme_code,
        households.basis_code,
        households.household_key,
        households.spend_amount_yuan,
        households.household_income_yuan,
        cast(households.household_income_yuan + households.spend_amount_yuan as double)
        / cast(standing.standard_amount_yuan * households.enrolled_count as double) as adequacy_ratio
    from households
    inner join programme_months
        on
            households.programme_code = programme_months.programme_code
            and households.month = programme_months.month
            and programme_months.has_payments
            and programme_months.has_household_roster
    inner join standing
        on
            households.area_code = standing.area_code
            and households.programme_code = standing.programme_code
            and households.month = standing.month
            and standing.choice = 1
    where
        households.is_covered
        and households.enrolled_count > 0
        and households.household_income_yuan is not null
)

select * from final
