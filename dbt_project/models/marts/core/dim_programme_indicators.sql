with programme_indicators as (
    select * from {{ ref('programme_indicators') }}
),

final as (
    select
        programme_code,
        indicator_code,
        is_applicable
    from programme_indicators
)

select * from final
