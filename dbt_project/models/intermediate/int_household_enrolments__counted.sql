with households as (
    select * from {{ ref('int_households__judged') }}
),

members as (
    select * from {{ ref('int_members__judged') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

enrolled as (
    select
        household_key,
        programme_code,
        month,
        count(*) as enrolled_count
    from enrolments
    group by household_key, programme_code, month
),

-- A household on the roster, or one with a covered person: its own row may have been rejected or held back.
covered as (
    select
        household_key,
        programme_code,
        month
    from households
    where is_covered
    union
    select
        household_key,
        programme_code,
        month
    from enrolled
),

-- Who speaks for a household that has no row of its own.
speakers as (
    select
        household_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        row_number() over (
            partition by household_key, programme_code, month
            order by case when relation_code = 'head' then 0 else 1 end, person_key
        ) as choice
    from members
    where is_current and is_covered
),

final as (
    select
        covered.household_key,
        covered.programme_code,
        covered.month,
        coalesce(households.hukou_area_code, speakers.hukou_area_code, 'unknown') as hukou_area_code,
        coalesce(households.residence_area_code, speakers.residence_area_code, 'unknown') as residence_area_code,
        -- Counted persons, so that households add up to persons; what the roster says where its members are missing.
        case
            when programme_months.has_roster then coalesce(enrolled.enrolled_count, 0)
            else coalesce(enrolled.enrolled_count, households.enrolled_count)
        end as enrolled_count,
        households.enrolled_count as approved_count,
        households.member_count,
        households.entitlement_amount_yuan,
        households.household_income_yuan,
        coalesce(households.is_single_person, false) as is_single_person
    from covered
    left join households
        on
            covered.household_key = households.household_key
            and covered.programme_code = households.programme_code
            and covered.month = households.month
    left join speakers
        on
            covered.household_key = speakers.household_key
            and covered.programme_code = speakers.programme_code
            and covered.month = speakers.month
            and speakers.choice = 1
    left join enrolled
        on
            covered.household_key = enrolled.household_key
            and covered.programme_code = enrolled.programme_code
            and covered.month = enrolled.month
    left join programme_months
        on
            covered.programme_code = programme_months.programme_code
            and covered.month = programme_months.month
)

select * from final
