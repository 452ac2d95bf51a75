with wages as (
    select * from {{ ref('int_households__earned') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

delivered as (
    {{ delivered_whole('wages', 'deliveries') }}
),

final as (
    select
        {{ area_on_basis('wages') }} as area_code,
        wages.month,
        wages.programme_code,
        bases.basis_code,
        'wage_disregarded_share' as indicator_code,
        cast(sum(case when wages.disregarded_count > 0 then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(*) as persons_count
    from wages
    inner join delivered
        on
            wages.month = delivered.month
            and delivered.has_feed
    inner join programme_months
        on
            wages.programme_code = programme_months.programme_code
            and wages.month = programme_months.month
            and programme_months.has_roster
            and programme_months.has_household_roster
    cross join bases
    group by
        {{ area_on_basis('wages') }},
        wages.month,
        wages.programme_code,
        bases.basis_code
)

select * from final
