with enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- Village against village: whoever moved to the next street is away as well.
final as (
    select
        {{ area_on_basis('enrolments') }} as area_code,
        enrolments.month,
        enrolments.programme_code,
        bases.basis_code,
        'residence_split_share' as indicator_code,
        cast(sum(case when enrolments.hukou_type_code = 'local' then 0 else 1 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct enrolments.person_key) as persons_count
    from enrolments
    cross join bases
    group by
        {{ area_on_basis('enrolments') }},
        enrolments.month,
        enrolments.programme_code,
        bases.basis_code
)

select * from final
