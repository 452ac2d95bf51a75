with needs as (
    select * from {{ ref('int_needs__delivered') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- One a person and type: who needs two and gets one is half served.
final as (
    select
        {{ area_on_basis('enrolments') }} as area_code,
        needs.month,
        enrolments.programme_code,
        bases.basis_code,
        'service_delivery_share' as indicator_code,
        cast(sum(case when needs.is_served then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct needs.person_key) as persons_count
    from needs
    inner join enrolments
        on
            needs.person_key = enrolments.person_key
            and needs.month = enrolments.month
    cross join bases
    group by
        {{ area_on_basis('enrolments') }},
        needs.month,
        enrolments.programme_code,
        bases.basis_code
)

select * from final
