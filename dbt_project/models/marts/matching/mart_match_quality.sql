with links as (
    select * from {{ ref('fct_person_links') }}
),

-- What the matching proposed, and what reviewers made of it; `all` is every list together.
counted as (
    select
        case when grouping(table_name) = 1 then 'all' else table_name end as table_name,
        case when grouping(table_name) = 1 then '全部名单' else max(list_name) end as list_name,
        tier_code,
        sum(case when is_proposed then 1 else 0 end) as links_count,
        sum(case when is_in_force then 1 else 0 end) as links_in_force_count,
        sum(case when link_status_code = 'candidate' then 1 else 0 end) as candidates_count,
        sum(case when is_proposed and decided_date is not null then 1 else 0 end) as reviewed_count,
        sum(case when is_proposed and link_status_code = 'confirmed' then 1 else 0 end) as confirmed_count,
        sum(case when not is_proposed and link_status_code = 'confirmed' then 1 else 0 end) as found_by_reviewers_count
    from links
    group by grouping sets ((table_name, tier_code), (tier_code))
),

final as (
    select
        table_name,
        tier_code,
        list_name,
        cast(links_count as bigint) as links_count,
        cast(links_in_force_count as bigint) as links_in_force_count,
        cast(candidates_count as bigint) as candidates_count,
        cast(reviewed_count as bigint) as reviewed_count,
        cast(confirmed_count as bigint) as confirmed_count,
        cast(found_by_reviewers_count as bigint) as found_by_reviewers_count,
        cast(reviewed_count as double) / nullif(links_count, 0) as reviewed_share,
        cast(confirmed_count as double) / nullif(reviewed_count, 0) as precision_share,
        case
            when reviewed_count = 0 then 'no_data'
            when reviewed_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from counted
)

select * from final
