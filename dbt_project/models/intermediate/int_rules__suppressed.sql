with rules as (
    select * from {{ ref('finding_rules') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

-- A rule without its feed would make a thousand false findings, or miss them all: it is silent, and says so.
missing as (
    select
        rules.rule_code,
        deliveries.month,
        {{ joined_text("deliveries.department_name || '·' || deliveries.extract_label") }} as missing_feeds
    from rules
    inner join deliveries
        on ('、' || rules.feed_tables || '、') like ('%、' || deliveries.table_name || '、%')
    where deliveries.status_code <> 'landed' and deliveries.month is not null
    group by rules.rule_code, deliveries.month
),

final as (
    select
        rules.rule_code,
        months.month,
        missing.missing_feeds,
        missing.missing_feeds is not null as is_suppressed
    from rules
    cross join months
    left join missing
        on
            rules.rule_code = missing.rule_code
            and months.month = missing.month
)

select * from final
