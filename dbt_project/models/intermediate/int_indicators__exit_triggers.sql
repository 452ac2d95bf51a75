with triggers as (
    select * from {{ ref('int_exit_triggers__followed') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

kinds as (
    select * from {{ ref('exit_triggers') }}
),

suppressed as (
    select * from {{ ref('int_rules__suppressed') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- Without the roster nobody is seen to leave, without one of the lists not everybody who should.
silent as (
    select distinct suppressed.month
    from suppressed
    inner join kinds
        on suppressed.rule_code = kinds.rule_code
    where suppressed.is_suppressed
),

fed as (
    select
        programme_months.programme_code,
        programme_months.month
    from programme_months
    left join silent
        on programme_months.month = silent.month
    where programme_months.has_roster and silent.month is null
),

final as (
    select
        mapped.mapped_area_code as area_code,
        fed.month,
        triggers.programme_code,
        bases.basis_code,
        'timely_exit_share' as indicator_code,
        cast(sum(case when {{ is_exit_in_time('triggers') }} then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct triggers.person_key) as persons_count
    from triggers
    inner join fed
        on
            triggers.programme_code = fed.programme_code
            and {{ is_exit_due('triggers', 'fed.month') }}
    cross join bases
    inner join mapped
        on
            {{ area_on_basis('triggers') }} = mapped.area_code
            and fed.month = mapped.month
    group by
        mapped.mapped_area_code,
        fed.month,
        triggers.programme_code,
        bases.basis_code
)

select * from final
