with payments as (
    select * from {{ ref('int_payments__placed') }}
),

services as (
    select * from {{ ref('int_services__placed') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- Both feeds of a month, or its mix is not known.
fed as (
    select month
    from deliveries
    where table_name in ('payments', 'services') and status_code = 'landed'
    group by month
    having count(distinct table_name) = 2
),

given as (
    select
        residence_area_code as area_code,
        benefit_month as month,
        person_key,
        0 as non_cash_amount_yuan,
        paid_amount_yuan as amount_yuan
    from payments
    where is_successful
    union all
    select
        residence_area_code as area_code,
        month,
        person_key,
        service_cost_yuan as non_cash_amount_yuan,
        service_cost_yuan as amount_yuan
    from services
),

-- Services are given where people live, whatever programme they are of: both bases tell the same.
final as (
    select
        given.area_code,
        given.month,
        'dibao' as programme_code,
        bases.basis_code,
        'non_cash_share' as indicator_code,
        cast(sum(given.non_cash_amount_yuan) as double) as numerator,
        cast(sum(given.amount_yuan) as double) as denominator,
        count(distinct given.person_key) as persons_count
    from given
    inner join fed
        on given.month = fed.month
    cross join bases
    group by given.area_code, given.month, bases.basis_code
)

select * from final
