with needs as (
    select * from {{ ref('fct_needs') }}
),

services as (
    select * from {{ ref('fct_services') }}
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

needed as (
    select
        ancestors.ancestor_area_code as area_code,
        needs.month,
        needs.service_type_code,
        count(*) as needing_count,
        cast(sum(case when needs.is_served then 1 else 0 end) as bigint) as served_count,
        cast(sum(case when needs.ever_services_count = 0 then 1 else 0 end) as bigint) as never_served_count
    from needs
    inner join ancestors
        on needs.residence_area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, needs.month, needs.service_type_code
),

-- Services also go to people whom nobody assessed.
given as (
    select
        ancestors.ancestor_area_code as area_code,
        services.month,
        services.service_type_code,
        count(*) as services_count,
        cast(sum(services.service_cost_yuan) as decimal(18, 2)) as service_amount_yuan
    from services
    inner join ancestors
        on services.residence_area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, services.month, services.service_type_code
),

service_types as (
    select distinct service_type_code from needs
    union
    select distinct service_type_code from services
),

fed as (
    select distinct month from needs
),

serviced as (
    select distinct month from services
),

begun as (
    select min(month) as first_month from fed
),

spanned as (
    select
        areas.area_code,
        areas.level_code,
        months.month,
        service_types.service_type_code,
        fed.month is not null and serviced.month is not null as has_feed
    from areas
    inner join months
        on
            areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
    inner join begun
        on months.month >= begun.first_month
    cross join service_types
    left join fed
        on months.month = fed.month
    left join serviced
        on months.month = serviced.month
    where areas.level_code <> 'special'
),

final as (
    select
        spanned.area_code,
        spanned.level_code,
        spanned.month,
        'resident' as basis_code,
        spanned.service_type_code,
        case when spanned.has_feed then coalesce(needed.needing_count, 0) end as needing_count,
        case when spanned.has_feed then coalesce(needed.served_count, 0) end as served_count,
        case when spanned.has_feed then coalesce(needed.never_served_count, 0) end as never_served_count,
        case when spanned.has_feed then needed.served_count / cast(needed.needing_count as double) end
            as delivered_share,
        case when spanned.has_feed then coalesce(given.services_count, 0) end as services_count,
        case when spanned.has_feed then coalesce(given.service_amount_yuan, 0) end as service_amount_yuan,
        case
            when not spanned.has_feed then 'no_data'
            when needed.needing_count is null then 'not_applicable'
            when needed.needing_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from spanned
    left join needed
        on
            spanned.area_code = needed.area_code
            and spanned.month = needed.month
            and spanned.service_type_code = needed.service_type_code
    left join given
        on
            spanned.area_code = given.area_code
            and spanned.month = given.month
            and spanned.service_type_code = given.service_type_code
)

select * from final
