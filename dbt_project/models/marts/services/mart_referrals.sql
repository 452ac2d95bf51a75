with referrals as (
    select * from {{ ref('fct_referrals') }}
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

parameters as (
    select * from {{ ref('dim_parameters') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

fed as (
    select distinct month
    from deliveries
    where table_name = 'referrals' and status_code = 'landed'
),

begun as (
    select min(month) as first_month
    from fed
),

limits as (
    select
        months.month,
        months.month_end_date,
        parameters.parameter_value as limit_days
    from months
    inner join parameters
        on
            parameters.parameter_code = 'referral_service_days'
            and parameters.area_code is null
            and coalesce(months.month_end_date >= parameters.valid_from_date, true)
            and coalesce(months.month_end_date <= parameters.valid_to_date, true)
),

placed as (
    select
        bases.basis_code,
        {{ area_on_basis('referrals') }} as area_code,
        referrals.programme_code,
        referrals.month,
        referrals.referred_date,
        referrals.served_date,
        referrals.closed_date,
        referrals.waited_days
    from referrals
    cross join bases
),

-- As they stood at the end of each month: what happened later is not known yet.
followed as (
    select
        placed.area_code,
        limits.month,
        placed.programme_code,
        placed.basis_code,
        placed.waited_days,
        coalesce(placed.served_date <= limits.month_end_date, false) as is_served,
        coalesce(placed.closed_date <= limits.month_end_date, false) as is_closed,
        {{ day_count('placed.referred_date', 'limits.month_end_date') }} > limits.limit_days as is_late
    from placed
    inner join limits
        on
            placed.month <= limits.month
            and {{ months_after('placed.month', cutoff('window_months')) }} > limits.month
),

counted as (
    select
        ancestors.ancestor_area_code as area_code,
        followed.month,
        followed.programme_code,
        followed.basis_code,
        count(*) as referrals_count,
        cast(sum(case when followed.is_served then 1 else 0 end) as bigint) as served_count,
        cast(sum(case when followed.is_closed then 1 else 0 end) as bigint) as closed_count,
        cast(
            sum(case when followed.is_late and not followed.is_served and not followed.is_closed then 1 else 0 end)
            as bigint
        ) as overdue_count,
        {{ quantile_of('case when followed.is_served then followed.waited_days end', 0.5) }} as median_waited_days
    from followed
    inner join ancestors
        on followed.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, followed.month, followed.programme_code, followed.basis_code
),

programmes as (
    select distinct programme_code from referrals
),

spanned as (
    select
        areas.area_code,
        areas.level_code,
        months.month,
        programmes.programme_code,
        bases.basis_code,
        fed.month is not null as has_feed
    from areas
    inner join months
        on
            areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
    inner join begun
        on months.month >= begun.first_month
    cross join programmes
    cross join bases
    left join fed
        on months.month = fed.month
    where areas.level_code <> 'special'
),

final as (
    select
        spanned.area_code,
        spanned.level_code,
        spanned.month,
        spanned.programme_code,
        spanned.basis_code,
        case when spanned.has_feed then coalesce(counted.referrals_count, 0) end as referrals_count,
        case when spanned.has_feed then coalesce(counted.served_count, 0) end as served_count,
        case when spanned.has_feed then coalesce(counted.closed_count, 0) end as closed_count,
        case when spanned.has_feed then coalesce(counted.overdue_count, 0) end as overdue_count,
        case when spanned.has_feed then counted.served_count / cast(counted.referrals_count as double) end
            as served_share,
        case when spanned.has_feed then counted.closed_count / cast(counted.referrals_count as double) end
            as closed_share,
        case when spanned.has_feed then cast(counted.median_waited_days as double) end as median_waited_days,
        case
            when not spanned.has_feed then 'no_data'
            when counted.referrals_count is null then 'not_applicable'
            when counted.referrals_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from spanned
    left join counted
        on
            spanned.area_code = counted.area_code
            and spanned.month = counted.month
            and spanned.programme_code = counted.programme_code
            and spanned.basis_code = counted.basis_code
)

select * from final
