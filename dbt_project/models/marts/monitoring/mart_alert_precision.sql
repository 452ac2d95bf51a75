with alerts as (
    select * from {{ ref('fct_alerts') }}
),

signal_months as (
    select * from {{ ref('fct_signal_months') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

signals as (
    select
        signal_months.signal_code,
        signal_months.month,
        signal_months.signal_name,
        signal_months.owner_department,
        signal_months.missing_feeds
    from signal_months
    inner join months
        on
            signal_months.month = months.month
            and months.is_business_month
),

counted as (
    select
        signal_code,
        count(*) as alerts_count,
        sum(case when outcome_code is not null then 1 else 0 end) as answered_count,
        sum(case when outcome_code = 'confirmed' then 1 else 0 end) as confirmed_count,
        case
            when sum(case when outcome_code is not null then 1 else 0 end) > 0
                then
                    sum(case when outcome_code = 'confirmed' then 1 else 0 end)
                    / cast(sum(case when outcome_code is not null then 1 else 0 end) as double)
        end as precision_share
    from alerts
    group by signal_code
),

final as (
    select
        signals.signal_code,
        signals.month,
        signals.signal_name,
        signals.owner_department,
        signals.missing_feeds,
        cast(coalesce(counted.alerts_count, 0) as bigint) as alerts_count,
        cast(coalesce(counted.answered_count, 0) as bigint) as answered_count,
        cast(coalesce(counted.confirmed_count, 0) as bigint) as confirmed_count,
        counted.precision_share,
        case
            when counted.answered_count > 0
                then {{ wilson_low('counted.precision_share', 'counted.answered_count', cutoff('interval_z')) }}
        end as precision_low,
        case
            when counted.answered_count > 0
                then {{ wilson_high('counted.precision_share', 'counted.answered_count', cutoff('interval_z')) }}
        end as precision_high,
        case
            when coalesce(counted.answered_count, 0) = 0 then 'not_applicable'
            when counted.answered_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from signals
    left join counted
        on signals.signal_code = counted.signal_code
)

select * from final
