with hardships as (
    select * from {{ ref('int_hardships__judged') }}
),

lists as (
    select * from {{ ref('int_hardship_lists__told') }}
),

population as (
    select
        area_code,
        month,
        basis_code,
        cast(sum(population_count) as bigint) as population_count
    from {{ ref('int_population__by_month') }}
    group by area_code, month, basis_code
),

-- A late list would look like a need that went away: such a month is told by mart_blind_spots, not by the indicator.
complete as (
    select month
    from lists
    group by month
    having count(*) = sum(case when is_told then 1 else 0 end)
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

counted as (
    select
        {{ area_on_basis('hardships') }} as area_code,
        hardships.month,
        bases.basis_code,
        count(distinct hardships.person_key) as blind_spot_count
    from hardships
    cross join bases
    where hardships.standing_code = 'open'
    group by
        {{ area_on_basis('hardships') }},
        hardships.month,
        bases.basis_code
),

final as (
    select
        population.area_code,
        population.month,
        'dibao' as programme_code,
        population.basis_code,
        'blind_spot_rate' as indicator_code,
        cast(coalesce(counted.blind_spot_count, 0) as double) as numerator,
        cast(population.population_count as double) as denominator,
        coalesce(counted.blind_spot_count, 0) as persons_count
    from population
    inner join complete
        on population.month = complete.month
    left join counted
        on
            population.area_code = counted.area_code
            and population.month = counted.month
            and population.basis_code = counted.basis_code
)

select * from final
