with payments as (
    select * from {{ ref('fct_payments') }}
),

services as (
    select * from {{ ref('fct_services') }}
),

deliveries as (
    select * from {{ ref('fct_deliveries') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

provisions as (
    select distinct code as provision_code
    from {{ ref('dim_codes') }}
    where code_type = 'provision_code'
),

-- Both feeds of a month, or its mix is not known.
fed as (
    select month
    from deliveries
    where table_name in ('payments', 'services') and status_code = 'landed'
    group by month
    having count(distinct table_name) = 2
),

begun as (
    select min(month) as first_month
    from fed
),

spent as (
    select
        residence_area_code as area_code,
        benefit_month as month,
        'cash' as provision_code,
        paid_amount_yuan as amount_yuan
    from payments
    where is_successful
    union all
    select
        residence_area_code as area_code,
        month,
        provision_code,
        service_cost_yuan as amount_yuan
    from services
),

summed as (
    select
        ancestors.ancestor_area_code as area_code,
        spent.month,
        spent.provision_code,
        cast(sum(spent.amount_yuan) as decimal(18, 2)) as amount_yuan
    from spent
    inner join ancestors
        on spent.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, spent.month, spent.provision_code
),

spanned as (
    select
        areas.area_code,
        areas.level_code,
        months.month,
        provisions.provision_code,
        fed.month is not null as has_feed
    from areas
    inner join months
        on
            areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
    inner join begun
        on months.month >= begun.first_month
    cross join provisions
    left join fed
        on months.month = fed.month
    where areas.level_code <> 'special'
),

totalled as (
    select
        spanned.area_code,
        spanned.level_code,
        spanned.month,
        spanned.provision_code,
        spanned.has_feed,
        case when spanned.has_feed then coalesce(summed.amount_yuan, 0) end as amount_yuan,
        sum(case when spanned.has_feed then coalesce(summed.amount_yuan, 0) end)
            over (partition by spanned.area_code, spanned.month) as total_amount_yuan
    from spanned
    left join summed
        on
            spanned.area_code = summed.area_code
            and spanned.month = summed.month
            and spanned.provision_code = summed.provision_code
),

final as (
    select
        area_code,
        level_code,
        month,
        'resident' as basis_code,
        provision_code,
        cast(amount_yuan as decimal(18, 2)) as amount_yuan,
        cast(total_amount_yuan as decimal(18, 2)) as total_amount_yuan,
        cast(amount_yuan as double) / cast(nullif(total_amount_yuan, 0) as double) as amount_share,
        case
            when not has_feed then 'no_data'
            when total_amount_yuan = 0 then 'not_applicable'
            else 'ok'
        end as status
    from totalled
)

select * from final
