with rules as (
    select * from {{ ref('finding_rules') }}
),

rule_months as (
    select * from {{ ref('int_rules__suppressed') }}
),

signals as (
    select * from {{ ref('alert_signals') }}
),

lists as (
    select * from {{ ref('int_hardship_lists__told') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

missing as (
    select
        signals.signal_code,
        deliveries.month,
        {{ joined_text("deliveries.department_name || '·' || deliveries.extract_label") }} as missing_feeds
    from signals
    inner join deliveries
        on {{ needs_feed('signals', 'deliveries') }}
    where deliveries.status_code <> 'landed' and deliveries.month is not null
    group by signals.signal_code, deliveries.month
),

told as (
    select
        rules.rule_code as signal_code,
        rule_months.month,
        rules.rule_name as signal_name,
        rules.owner_department,
        rule_months.missing_feeds,
        rule_months.is_suppressed
    from rules
    inner join rule_months
        on rules.rule_code = rule_months.rule_code
    union all
    select
        signals.signal_code,
        months.month,
        signals.signal_name,
        signals.owner_department,
        -- A list holds for its window: late, it is missing until the next one, and a part of a year tells nothing.
        coalesce(
            missing.missing_feeds,
            case when not lists.is_told then coalesce(lists.missing_feeds, '期限内的名单') end
        ) as missing_feeds,
        missing.missing_feeds is not null or coalesce(not lists.is_told, false) as is_suppressed
    from signals
    cross join months
    left join missing
        on
            signals.signal_code = missing.signal_code
            and months.month = missing.month
    left join lists
        on
            signals.signal_code = 'hardship_' || lists.list_code
            and months.month = lists.month
),

final as (
    select
        signal_code,
        month,
        signal_name,
        owner_department,
        missing_feeds,
        is_suppressed,
        -- How often it has been asked of everybody: a month without one of its feeds is no clean month.
        cast(
            sum(case when missing_feeds is null then 1 else 0 end) over (partition by signal_code order by month)
            as bigint
        ) as asked_number
    from told
)

select * from final
