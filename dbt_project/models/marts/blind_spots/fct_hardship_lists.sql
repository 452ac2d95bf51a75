with told as (
    select * from {{ ref('int_hardship_lists__told') }}
),

lists as (
    select * from {{ ref('hardship_lists') }}
),

listed as (
    select
        list_code,
        month,
        count(*) as listed_count,
        sum(case when standing_code = 'open' then 1 else 0 end) as open_count
    from {{ ref('int_hardships__judged') }}
    group by list_code, month
),

final as (
    select
        told.list_code,
        told.month,
        lists.list_name,
        lists.threshold_value,
        lists.threshold_unit,
        lists.severity_weight,
        lists.window_months,
        case when told.is_told then coalesce(listed.listed_count, 0) end as listed_count,
        case when told.is_told then cast(coalesce(listed.open_count, 0) as bigint) end as open_count,
        told.missing_feeds,
        told.is_told,
        case when told.is_told then 'ok' else 'no_data' end as status
    from told
    inner join lists
        on told.list_code = lists.list_code
    left join listed
        on
            told.list_code = listed.list_code
            and told.month = listed.month
)

select * from final
