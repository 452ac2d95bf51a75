with referrals as (
    select * from {{ ref('int_referrals__followed') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- A month whose list is missing must not be told from the lists before it.
fed as (
    select distinct month
    from deliveries
    where table_name = 'referrals' and status_code = 'landed'
),

-- Twelve months: those of the last weeks alone are never closed.
final as (
    select
        {{ area_on_basis('referrals') }} as area_code,
        fed.month,
        referrals.programme_code,
        bases.basis_code,
        'referral_closure_rate' as indicator_code,
        cast(sum(case when referrals.closed_date <= last_day(fed.month) then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct referrals.person_key) as persons_count
    from referrals
    inner join fed
        on
            referrals.month <= fed.month
            and {{ months_after('referrals.month', cutoff('window_months')) }} > fed.month
    cross join bases
    group by
        {{ area_on_basis('referrals') }},
        fed.month,
        referrals.programme_code,
        bases.basis_code
)

select * from final
