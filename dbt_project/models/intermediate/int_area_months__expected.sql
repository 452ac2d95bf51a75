with placed as (
    select * from {{ ref('int_enrolments__placed') }}
),

population as (
    select * from {{ ref('int_population__by_month') }}
),

scoped as (
    select * from {{ ref('int_areas__scoped') }}
),

ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

recipients as (
    select
        scoped.scope_area_code,
        placed.month,
        placed.programme_code,
        placed.basis_code,
        placed.age_band_code,
        placed.hukou_type_code,
        count(*) as recipients_count
    from placed
    inner join scoped
        on placed.area_code = scoped.area_code
    where scoped.scope_area_code is not null
    group by
        scoped.scope_area_code,
        placed.month,
        placed.programme_code,
        placed.basis_code,
        placed.age_band_code,
        placed.hukou_type_code
),

strata as (
    select
        scoped.scope_area_code,
        population.month,
        population.basis_code,
        population.age_band_code,
        population.hukou_type_code,
        sum(population.population_count) as population_count
    from population
    inner join scoped
        on population.area_code = scoped.area_code
    group by
        scoped.scope_area_code,
        population.month,
        population.basis_code,
        population.age_band_code,
        population.hukou_type_code
),

all_recipients as (
    select
        scope_area_code,
        month,
        programme_code,
        basis_code,
        sum(recipients_count) as recipients_count
    from recipients
    group by scope_area_code, month, programme_code, basis_code
),

rated as (
    select
        strata.scope_area_code,
        strata.month,
        programme_months.programme_code,
        strata.basis_code,
        strata.age_band_code,
        strata.hukou_type_code,
        coalesce(recipients.recipients_count, 0) as recipients_count,
        coalesce(recipients.recipients_count, 0) / cast(nullif(strata.population_count, 0) as double) as rate,
        all_recipients.recipients_count as all_recipients_count
    from strata
    inner join programme_months
        on
            strata.month = programme_months.month
            and programme_months.has_roster
    left join recipients
        on
            strata.scope_area_code = recipients.scope_area_code
            and strata.month = recipients.month
            and programme_months.programme_code = recipients.programme_code
            and strata.basis_code = recipients.basis_code
            and strata.age_band_code = recipients.age_band_code
            and strata.hukou_type_code = recipients.hukou_type_code
    left join all_recipients
        on
            strata.scope_area_code = all_recipients.scope_area_code
            and strata.month = all_recipients.month
            and programme_months.programme_code = all_recipients.programme_code
            and strata.basis_code = all_recipients.basis_code
),

-- Who is of no stratum (age unknown) is spread over all in proportion, so that the expected add up to the observed.
raised as (
    select
        *,
        rate * coalesce(all_recipients_count, 0) / cast(nullif(
            sum(case when rate is not null then recipients_count end) over (
                partition by scope_area_code, month, programme_code, basis_code
            ), 0
        ) as double) as raised_rate
    from rated
),

expected as (
    select
        population.area_code,
        population.month,
        raised.programme_code,
        population.basis_code,
        {{ exact_sum('population.population_count * coalesce(raised.raised_rate, 0)') }} as expected_recipients_count
    from population
    inner join scoped
        on population.area_code = scoped.area_code
    inner join raised
        on
            scoped.scope_area_code = raised.scope_area_code
            and population.month = raised.month
            and population.basis_code = raised.basis_code
            and population.age_band_code = raised.age_band_code
            and population.hukou_type_code = raised.hukou_type_code
    group by population.area_code, population.month, raised.programme_code, population.basis_code
),

final as (
    select
        ancestors.ancestor_area_code as area_code,
        expected.month,
        expected.programme_code,
        expected.basis_code,
        {{ exact_sum('expected.expected_recipients_count') }} as expected_recipients_count
    from expected
    inner join ancestors
        on expected.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, expected.month, expected.programme_code, expected.basis_code
)

select * from final
