with settlements as (
    select * from {{ ref('int_settlements__matched') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- Twelve months: a single operation would be the whole of a street's month.
final as (
    select
        {{ area_on_basis('settlements') }} as area_code,
        months.month,
        settlements.programme_code,
        bases.basis_code,
        'medical_protection' as indicator_code,
        cast(sum(
            settlements.basic_amount_yuan
            + settlements.serious_illness_amount_yuan
            + settlements.medical_assistance_amount_yuan
            + settlements.other_amount_yuan
            + settlements.backstop_amount_yuan
        ) as double) as numerator,
        cast(sum(settlements.in_scope_amount_yuan) as double) as denominator,
        count(distinct settlements.person_key) as persons_count
    from settlements
    inner join months
        on
            settlements.service_month <= months.month
            and {{ months_after('settlements.service_month', cutoff('window_months')) }} > months.month
    cross join bases
    where settlements.programme_code is not null
    group by
        {{ area_on_basis('settlements') }},
        months.month,
        settlements.programme_code,
        bases.basis_code
)

select * from final
