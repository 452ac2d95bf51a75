with referrals as (
    select * from {{ ref('stg_services__referrals') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

run as (
    select * from {{ ref('stg_deliveries__run') }}
),

parameters as (
    select * from {{ ref('parameters') }}
),

limits as (
    select
        last_day(run.business_month) as as_of_date,
        parameters.parameter_value as limit_days
    from run
    inner join parameters
        on
            parameters.parameter_code = 'referral_service_days'
            and parameters.area_code is null
            and coalesce(parameters.valid_from_date <= last_day(run.business_month), true)
            and coalesce(parameters.valid_to_date >= last_day(run.business_month), true)
),

final as (
    select
        referrals.referral_key,
        referrals.person_key,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        referrals.programme_code,
        cast(date_trunc('month', referrals.referred_date) as date) as month,
        referrals.referred_date,
        referrals.served_date,
        referrals.closed_date,
        referrals.referral_reason_code,
        coalesce(referrals.id_status_code, 'missing') as id_status_code,
        cast(
            {{ day_count('referrals.referred_date', 'coalesce(referrals.served_date, limits.as_of_date)') }}
            as bigint
        ) as waited_days,
        -- Closed without a service is an answer, too: nobody waits any more.
        referrals.served_date is null and referrals.closed_date is null
        and {{ day_count('referrals.referred_date', 'limits.as_of_date') }} > limits.limit_days as is_overdue
    from referrals
    cross join limits
    left join mapped as hukou
        on
            referrals.hukou_area_code = hukou.area_code
            and referrals.report_month = hukou.month
    left join mapped as residence
        on
            referrals.residence_area_code = residence.area_code
            and referrals.report_month = residence.month
    where referrals.is_current
)

select * from final
