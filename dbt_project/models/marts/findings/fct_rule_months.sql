with suppressed as (
    select * from {{ ref('int_rules__suppressed') }}
),

final as (
    select
        rule_code,
        month,
        missing_feeds,
        silent_programmes,
        is_suppressed
    from suppressed
)

select * from final
