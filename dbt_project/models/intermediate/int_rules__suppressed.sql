with rules as (
    select * from {{ ref('finding_rules') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

-- A rule without its feed would make a thousand false findings, or miss them all: it is silent, and says so. Without
-- the feed of one programme it is silent about that programme.
needed as (
    select
        rules.rule_code,
        deliveries.month,
        deliveries.department_name || '·' || deliveries.extract_label as feed_name,
        {{ needs_whole_feed('rules', 'deliveries') }} as is_whole,
        deliveries.programme_code,
        deliveries.status_code
    from rules
    inner join deliveries
        on {{ needs_feed('rules', 'deliveries') }}
),

named as (
    select
        rule_code,
        count(distinct programme_code) as programme_count
    from needed
    where not is_whole
    group by rule_code
),

silent as (
    select
        rule_code,
        month,
        {{ joined_text('feed_name') }} as missing_feeds,
        {{ joined_text('case when not is_whole then programme_code end') }} as silent_programmes,
        count(distinct case when not is_whole then programme_code end) as silent_count,
        max(case when is_whole then 1 else 0 end) = 1 as is_whole
    from needed
    where status_code <> 'landed' and month is not null
    group by rule_code, month
),

final as (
    select
        rules.rule_code,
        months.month,
        silent.missing_feeds,
        silent.silent_programmes,
        coalesce(silent.is_whole or silent.silent_count = named.programme_count, false) as is_suppressed
    from rules
    cross join months
    left join named
        on rules.rule_code = named.rule_code
    left join silent
        on
            rules.rule_code = silent.rule_code
            and months.month = silent.month
)

select * from final
