with rules as (
    select * from {{ ref('finding_rules') }}
),

final as (
    select
        rule_code,
        rule_name,
        severity_code,
        owner_department,
        deadline_working_days,
        feed_tables,
        rule_note,
        source
    from rules
)

select * from final
