with eligible as (
    select * from {{ ref('int_eligible_programmes__answered') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

fed as (
    select distinct month
    from deliveries
    where table_name = 'policy_notices' and status_code = 'landed'
),

-- Of the business month alone, as the list of those who seem eligible is. Who has applied or declined knows of it.
final as (
    select
        {{ area_on_basis('eligible') }} as area_code,
        eligible.month,
        eligible.programme_code,
        bases.basis_code,
        'policy_informed_share' as indicator_code,
        cast(count(eligible.notified_date) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct eligible.person_key) as persons_count
    from eligible
    inner join fed
        on eligible.month = fed.month
    cross join bases
    where eligible.standing_code = 'open'
    group by
        {{ area_on_basis('eligible') }},
        eligible.month,
        eligible.programme_code,
        bases.basis_code
)

select * from final
