with lists as (
    select * from {{ ref('hardship_lists') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

extracts as (
    select
        table_name,
        max(cadence_month_count) as cadence_month_count
    from {{ ref('stg_deliveries__extracts') }}
    group by table_name
),

-- What was due of a list within the months for which a listing counts.
due as (
    select
        lists.list_code,
        months.month,
        lists.window_months,
        extracts.cadence_month_count,
        count(distinct case when deliveries.status_code = 'landed' then deliveries.month end) as landed_count,
        {{ joined_text(
            "case when deliveries.status_code <> 'landed' then deliveries.department_name || '·' || deliveries.extract_label end"
        ) }} as missing_feeds
    from lists
    cross join months
    inner join extracts
        on lists.table_name = extracts.table_name
    left join deliveries
        on
            lists.table_name = deliveries.table_name
            and months.month >= deliveries.month
            and {{ month_count('deliveries.month', 'months.month') }} < lists.window_months
    group by lists.list_code, months.month, lists.window_months, extracts.cadence_month_count
),

-- A late list, and a sum over a year that has not been delivered whole, is not counted: both would tell too few.
final as (
    select
        list_code,
        month,
        missing_feeds,
        missing_feeds is null
        and landed_count > 0
        and coalesce(landed_count * cadence_month_count >= window_months, true) as is_told
    from due
)

select * from final
