with rated as (
    select * from {{ ref('int_area_months__rated') }}
),

smoothed as (
    select * from {{ ref('int_area_months__smoothed') }}
),

expected as (
    select * from {{ ref('int_area_months__expected') }}
),

ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

scoped as (
    select * from {{ ref('int_areas__scoped') }}
),

population as (
    select * from {{ ref('int_population__by_month') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

-- Areas of the finest denominator: what lies above them is their sum, in a draw too.
finest as (
    select distinct
        area_code,
        month
    from population
),

cells as (
    select
        ancestors.ancestor_area_code as scope_area_code,
        rated.month,
        rated.programme_code,
        rated.basis_code,
        rated.area_code,
        areas.area_number,
        rated.population_count,
        expected.expected_recipients_count,
        rated.population_count * coalesce(smoothed.smoothed_rate, rated.coverage_rate) as smoothed_count
    from rated
    -- Only the business month is simulated; any other by --as-of.
    inner join months
        on
            rated.month = months.month
            and months.is_business_month
    inner join finest
        on
            rated.area_code = finest.area_code
            and rated.month = finest.month
    inner join ancestors
        on rated.area_code = ancestors.area_code
    inner join scoped as scopes
        on
            ancestors.ancestor_area_code = scopes.area_code
            and scopes.is_balance_scope
    inner join scoped as areas
        on rated.area_code = areas.area_code
    left join smoothed
        on
            rated.area_code = smoothed.area_code
            and rated.month = smoothed.month
            and rated.programme_code = smoothed.programme_code
            and rated.basis_code = smoothed.basis_code
    left join expected
        on
            rated.area_code = expected.area_code
            and rated.month = expected.month
            and rated.programme_code = expected.programme_code
            and rated.basis_code = expected.basis_code
    where
        rated.population_count > 0
        and rated.recipients_count is not null
        and rated.area_code <> ancestors.ancestor_area_code
),

-- Equal rates of the population, and equal rates of what its age and hukou would lead one to expect.
weighted as (
    select
        *,
        'population' as weight_code,
        cast(population_count as double) as weight_count
    from cells
    union all
    select
        *,
        'expected' as weight_code,
        expected_recipients_count as weight_count
    from cells
    where expected_recipients_count > 0
),

final as (
    select
        scope_area_code,
        month,
        programme_code,
        basis_code,
        weight_code,
        area_code,
        area_number,
        weight_count,
        smoothed_count,
        dense_rank() over (order by scope_area_code, month, programme_code, basis_code, weight_code) as draw_group
    from weighted
)

select * from final
