with spanned as (
    select * from {{ ref('int_area_months__spanned') }}
),

ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

placed as (
    select * from {{ ref('int_enrolments__placed') }}
),

placed_households as (
    select * from {{ ref('int_household_months__placed') }}
),

first_reported as (
    select * from {{ ref('int_enrolments__first_reported') }}
),

population as (
    select * from {{ ref('int_population__by_month') }}
),

persons as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        count(*) as recipients_count,
        -- Each person counts the size of his household: over all persons that is the sum of squared sizes.
        sum(enrolled_count) as squared_size_count
    from placed
    group by area_code, month, programme_code, basis_code
),

households as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        count(*) as households_count
    from placed_households
    where is_covered
    group by area_code, month, programme_code, basis_code
),

rolled_persons as (
    select
        ancestors.ancestor_area_code as area_code,
        persons.month,
        persons.programme_code,
        persons.basis_code,
        sum(persons.recipients_count) as recipients_count,
        sum(persons.squared_size_count) as squared_size_count
    from persons
    inner join ancestors
        on persons.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, persons.month, persons.programme_code, persons.basis_code
),

rolled_households as (
    select
        ancestors.ancestor_area_code as area_code,
        households.month,
        households.programme_code,
        households.basis_code,
        sum(households.households_count) as households_count
    from households
    inner join ancestors
        on households.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, households.month, households.programme_code, households.basis_code
),

rolled_first_reported as (
    select
        ancestors.ancestor_area_code as area_code,
        first_reported.month,
        first_reported.programme_code,
        first_reported.basis_code,
        sum(first_reported.first_recipients_count) as first_recipients_count
    from first_reported
    inner join ancestors
        on first_reported.area_code = ancestors.area_code
    group by
        ancestors.ancestor_area_code, first_reported.month, first_reported.programme_code, first_reported.basis_code
),

rolled_population as (
    select
        ancestors.ancestor_area_code as area_code,
        population.month,
        population.basis_code,
        sum(population.population_count) as population_count,
        min(population.population_month) as population_month
    from population
    inner join ancestors
        on population.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, population.month, population.basis_code
),

final as (
    select
        spanned.area_code,
        spanned.month,
        spanned.programme_code,
        spanned.basis_code,
        spanned.level_code,
        spanned.parent_area_code,
        spanned.scope_area_code,
        spanned.previous_roster_month,
        case when spanned.has_roster then cast(coalesce(rolled_persons.recipients_count, 0) as bigint) end
            as recipients_count,
        case
            when spanned.has_household_roster
                then cast(coalesce(rolled_households.households_count, 0) as bigint)
        end as households_count,
        case when spanned.has_roster then cast(coalesce(rolled_persons.squared_size_count, 0) as bigint) end
            as squared_size_count,
        case when spanned.has_roster then cast(coalesce(rolled_first_reported.first_recipients_count, 0) as bigint) end
            as first_recipients_count,
        cast(rolled_population.population_count as bigint) as population_count,
        rolled_population.population_month,
        spanned.has_payments,
        spanned.is_restated
    from spanned
    left join rolled_persons
        on
            spanned.area_code = rolled_persons.area_code
            and spanned.month = rolled_persons.month
            and spanned.programme_code = rolled_persons.programme_code
            and spanned.basis_code = rolled_persons.basis_code
    left join rolled_households
        on
            spanned.area_code = rolled_households.area_code
            and spanned.month = rolled_households.month
            and spanned.programme_code = rolled_households.programme_code
            and spanned.basis_code = rolled_households.basis_code
    left join rolled_first_reported
        on
            spanned.area_code = rolled_first_reported.area_code
            and spanned.month = rolled_first_reported.month
            and spanned.programme_code = rolled_first_reported.programme_code
            and spanned.basis_code = rolled_first_reported.basis_code
    left join rolled_population
        on
            spanned.area_code = rolled_population.area_code
            and spanned.month = rolled_population.month
            and spanned.basis_code = rolled_population.basis_code
)

select * from final
