with counted as (
    select * from {{ ref('int_area_months__counted') }}
),

scopes as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        recipients_count,
        population_count,
        squared_size_count
    from counted
),

final as (
    select
        counted.*,
        counted.recipients_count / cast(nullif(counted.population_count, 0) as double) as coverage_rate,
        scopes.recipients_count / cast(nullif(scopes.population_count, 0) as double) as scope_coverage_rate,
        -- The design effect of households is the scope's: of one or two households it could not be told.
        greatest(
            coalesce(scopes.squared_size_count / cast(nullif(scopes.recipients_count, 0) as double), 1), 1
        ) as design_effect
    from counted
    left join scopes
        on
            counted.scope_area_code = scopes.area_code
            and counted.month = scopes.month
            and counted.programme_code = scopes.programme_code
            and counted.basis_code = scopes.basis_code
)

select * from final
