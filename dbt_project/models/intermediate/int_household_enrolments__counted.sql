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

-- Members of a household whose own row was rejected or held back are still a household.
unlisted as (
    select
        members.household_key,
        members.programme_code,
        members.month,
        members.hukou_area_code,
        members.residence_area_code,
        row_number() over (
            partition by members.household_key, members.programme_code, members.month
            order by case when members.relation_code = 'head' then 0 else 1 end, members.person_key
        ) as choice
    from members
    left join households
        on
            members.household_key = households.household_key
            and members.programme_code = households.programme_code
            and members.month = households.month
    where members.is_current and members.is_covered and households.household_key is null
),

every_household as (
    select
        household_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        enrolled_count as approved_count,
        member_count,
        entitlement_amount_yuan,
        household_income_yuan,
        is_single_person
    from households
    where is_covered
    union all
    select
        household_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        null as approved_count,
        null as member_count,
        null as entitlement_amount_yuan,
        null as household_income_yuan,
        false as is_single_person
    from unlisted
    where choice = 1
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

final as (
    select
        every_household.household_key,
        every_household.programme_code,
        every_household.month,
        every_household.hukou_area_code,
        every_household.residence_area_code,
        -- Counted persons, so that households add up to persons; what the roster says where its members are missing.
        case
            when programme_months.has_roster then coalesce(enrolled.enrolled_count, 0)
            else every_household.approved_count
        end as enrolled_count,
        every_household.approved_count,
        every_household.member_count,
        every_household.entitlement_amount_yuan,
        every_household.household_income_yuan,
        every_household.is_single_person
    from every_household
    left join enrolled
        on
            every_household.household_key = enrolled.household_key
            and every_household.programme_code = enrolled.programme_code
            and every_household.month = enrolled.month
    left join programme_months
        on
            every_household.programme_code = programme_months.programme_code
            and every_household.month = programme_months.month
)

select * from final
