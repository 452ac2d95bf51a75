with programmes as (
    select * from {{ ref('programmes') }}
),

final as (
    select
        programme_code,
        programme_name,
        alias_names,
        sort_order,
        is_basic_programme
    from programmes
)

select * from final
