with pairs as (
    select * from {{ ref('int_checks__paired') }}
),

final as (
    select
        report_key,
        household_key,
        report_date,
        visit_date,
        paired_date,
        month,
        day_count,
        is_visit_hit,
        is_report_hit,
        is_disagreement
    from pairs
)

select * from final
