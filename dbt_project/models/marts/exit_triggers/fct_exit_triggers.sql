with triggers as (
    select * from {{ ref('int_exit_triggers__followed') }}
),

kinds as (
    select * from {{ ref('exit_triggers') }}
),

final as (
    select
        triggers.person_key,
        triggers.programme_code,
        triggers.spell_number,
        triggers.trigger_code,
        triggers.household_key,
        triggers.trigger_date,
        triggers.first_month,
        triggers.cleared_month,
        triggers.dismissed_month,
        triggers.exit_month,
        triggers.decided_date,
        triggers.hukou_area_code,
        triggers.residence_area_code,
        kinds.trigger_name,
        kinds.rule_code,
        triggers.exit_reason_code,
        triggers.lifecycle_code,
        triggers.decision_code,
        triggers.decision_reason_code,
        triggers.last_month as last_enrolled_month,
        triggers.last_paid_month,
        cast({{ month_count('triggers.first_month', 'triggers.exit_month') }} as bigint) as months_to_exit_count
    from triggers
    inner join kinds
        on triggers.trigger_code = kinds.trigger_code
)

select * from final
