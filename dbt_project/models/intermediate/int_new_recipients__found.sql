with changes as (
    select * from {{ ref('int_enrolments__changed') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

alerts as (
    select * from {{ ref('stg_platform__platform_alerts') }}
),

entered as (
    select
        changes.person_key,
        changes.programme_code,
        changes.month,
        changes.basis_code,
        changes.to_area_code as area_code,
        enrolments.start_date
    from changes
    inner join enrolments
        on
            changes.person_key = enrolments.person_key
            and changes.programme_code = enrolments.programme_code
            and changes.month = enrolments.month
    where changes.flow_code = 'entry' and changes.reason_code = 'new'
),

-- Found by data: an alert that was not cleared came before the enrolment, and not too long before.
alerted as (
    select
        entered.person_key,
        entered.programme_code,
        entered.month,
        entered.basis_code,
        max({{ day_count('alerts.alert_date', 'entered.start_date') }}) as lead_days
    from entered
    inner join alerts
        on
            entered.person_key = alerts.person_key
            and entered.start_date >= alerts.alert_date
            and {{ month_count('alerts.alert_date', 'entered.start_date') }} <= {{ cutoff('discovery_months') }}
    where alerts.is_current and alerts.alert_outcome_code <> 'cleared'
    group by entered.person_key, entered.programme_code, entered.month, entered.basis_code
),

final as (
    select
        entered.person_key,
        entered.programme_code,
        entered.month,
        entered.basis_code,
        entered.area_code,
        entered.start_date,
        alerted.lead_days
    from entered
    left join alerted
        on
            entered.person_key = alerted.person_key
            and entered.programme_code = alerted.programme_code
            and entered.month = alerted.month
            and entered.basis_code = alerted.basis_code
)

select * from final
