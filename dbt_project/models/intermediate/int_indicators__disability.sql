with judged as (
    select * from {{ ref('int_disabilities__judged') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- Subsidies for the disabled are none of the programmes: told under 低保, the first that asks for them.
final as (
    select
        {{ area_on_basis('judged') }} as area_code,
        judged.month,
        'dibao' as programme_code,
        bases.basis_code,
        'disability_benefit_share' as indicator_code,
        cast(sum(case when judged.has_any_benefit then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(*) as persons_count
    from judged
    cross join bases
    where judged.is_severe
    group by
        {{ area_on_basis('judged') }},
        judged.month,
        bases.basis_code
)

select * from final
