with asked as (
    select * from {{ ref('int_signals__asked') }}
),

final as (
    select
        signal_code,
        month,
        signal_name,
        owner_department,
        missing_feeds,
        is_suppressed
    from asked
)

select * from final
