with members as (
    select * from {{ ref('int_members__judged') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

households as (
    select * from {{ ref('int_household_enrolments__counted') }}
),

-- One row per person and household that has ever listed him, enrolled or not.
listings as (
    select
        person_key,
        household_key,
        programme_code,
        min(month) as first_month,
        max(month) as last_month
    from members
    where is_current and id_status_code = 'valid'
    group by person_key, household_key, programme_code
),

-- Listed in one household first, in another of the same programme later.
parted as (
    select
        later.person_key,
        later.programme_code,
        later.household_key,
        earlier.household_key as former_household_key,
        earlier.last_month as former_last_month
    from listings as later
    inner join listings as earlier
        on
            later.person_key = earlier.person_key
            and later.programme_code = earlier.programme_code
            and later.household_key <> earlier.household_key
            and later.first_month > earlier.first_month
),

-- Alone in the new household, in a month in which somebody he was listed with still draws in the old one, next door.
-- Enrolled alone out of a 低边 household (单人保) is what the rule provides for.
final as (
    select distinct
        parted.person_key,
        parted.household_key,
        parted.programme_code,
        alone.month,
        alone.hukou_area_code,
        alone.residence_area_code,
        alone.entitlement_amount_yuan
    from parted
    inner join households as alone
        on
            parted.household_key = alone.household_key
            and parted.programme_code = alone.programme_code
            and alone.enrolled_count = 1
            and not alone.is_single_person
    inner join enrolments as own
        on
            parted.person_key = own.person_key
            and parted.programme_code = own.programme_code
            and parted.household_key = own.household_key
            and alone.month = own.month
    inner join households as former
        on
            parted.former_household_key = former.household_key
            and parted.programme_code = former.programme_code
            and alone.month = former.month
            and alone.residence_area_code = former.residence_area_code
            and alone.residence_area_code not in ('outside', 'unknown')
    inner join enrolments as stayed
        on
            former.household_key = stayed.household_key
            and former.programme_code = stayed.programme_code
            and former.month = stayed.month
            and parted.person_key <> stayed.person_key
    inner join listings as together
        on
            stayed.person_key = together.person_key
            and former.household_key = together.household_key
            and former.programme_code = together.programme_code
            and parted.former_last_month >= together.first_month
)

select * from final
