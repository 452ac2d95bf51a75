with evidence as (
    select * from {{ ref('int_findings__evidence') }}
),

findings as (
    select * from {{ ref('int_findings__judged') }}
),

platform_alerts as (
    select * from {{ ref('stg_platform__platform_alerts') }}
),

unemployed as (
    select * from {{ ref('stg_employment__unemployment_registrations') }}
),

hardships as (
    select * from {{ ref('int_hardships__judged') }}
),

signals as (
    select * from {{ ref('alert_signals') }}
),

asked as (
    select * from {{ ref('int_signals__asked') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

-- What is only looked at (any tier but A) is a weak signal. Rules that rest on one table are not independent.
doubted as (
    select
        evidence.person_key,
        evidence.month,
        evidence.rule_code as signal_code,
        last_day(evidence.month) as signal_date,
        evidence.evidence_table as source_code,
        case
            when findings.tier_code <> 'A' then 'weak'
            when findings.severity_code = 'critical' then 'critical'
            else 'strong'
        end as strength_code,
        evidence.hukou_area_code,
        evidence.residence_area_code,
        cast(null as varchar) as outcome_code
    from evidence
    inner join findings
        on evidence.finding_id = findings.finding_id
),

-- The platform's alert comes with what came of it; it tells one place, the household register's. It and the list it
-- rests on are one source: the kind of evidence.
alerted as (
    select
        platform_alerts.person_key,
        platform_alerts.report_month as month,
        signals.signal_code,
        platform_alerts.alert_date as signal_date,
        platform_alerts.alert_source_code as source_code,
        signals.strength_code,
        mapped.mapped_area_code as hukou_area_code,
        mapped.mapped_area_code as residence_area_code,
        case platform_alerts.alert_outcome_code
            when 'applied' then 'confirmed'
            when 'cleared' then 'cleared'
        end as outcome_code
    from platform_alerts
    inner join signals
        on signals.signal_code = 'platform_' || platform_alerts.alert_source_code
    left join mapped
        on
            platform_alerts.hukou_area_code = mapped.area_code
            and platform_alerts.report_month = mapped.month
    where platform_alerts.is_current and platform_alerts.id_status_code = 'valid'
),

without_work as (
    select
        unemployed.person_key,
        unemployed.report_month as month,
        signals.signal_code,
        last_day(unemployed.report_month) as signal_date,
        'unemployment' as source_code,
        signals.strength_code,
        mapped.mapped_area_code as hukou_area_code,
        mapped.mapped_area_code as residence_area_code,
        cast(null as varchar) as outcome_code
    from unemployed
    inner join signals
        on signals.signal_code = 'unemployed_uninsured'
    left join mapped
        on
            unemployed.residence_area_code = mapped.area_code
            and unemployed.report_month = mapped.month
    where unemployed.is_current and unemployed.id_status_code = 'valid' and not unemployed.is_insured
),

-- A list tells a need as long as nobody helps and nobody is asked to; the lists without a row in alert_signals (the
-- unemployed, the platform's alerts) are signals above.
listed as (
    select
        hardships.person_key,
        hardships.month,
        signals.signal_code,
        last_day(hardships.month) as signal_date,
        hardships.evidence_code as source_code,
        signals.strength_code,
        hardships.hukou_area_code,
        hardships.residence_area_code,
        cast(null as varchar) as outcome_code
    from hardships
    inner join signals
        on signals.signal_code = 'hardship_' || hardships.list_code
    where hardships.standing_code = 'open'
),

-- A further signal is one more part here and one more row of alert_signals.
every_signal as (
    select * from doubted
    union all
    select * from alerted
    union all
    select * from without_work
    union all
    select * from listed
),

final as (
    select
        every_signal.person_key,
        every_signal.month,
        every_signal.signal_code,
        min(every_signal.signal_date) as signal_date,
        min(every_signal.source_code) as source_code,
        -- The strongest comes first in the alphabet, too: critical, strong, weak.
        min(every_signal.strength_code) as strength_code,
        coalesce(max(every_signal.hukou_area_code), 'unknown') as hukou_area_code,
        coalesce(max(every_signal.residence_area_code), 'unknown') as residence_area_code,
        max(every_signal.outcome_code) as outcome_code,
        asked.asked_number
    from every_signal
    inner join asked
        on
            every_signal.signal_code = asked.signal_code
            and every_signal.month = asked.month
            and not asked.is_suppressed
    group by every_signal.person_key, every_signal.month, every_signal.signal_code, asked.asked_number
)

select * from final
