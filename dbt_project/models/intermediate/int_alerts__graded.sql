with raised as (
    select * from {{ ref('int_signals__raised') }}
),

asked as (
    select * from {{ ref('int_signals__asked') }}
),

decisions as (
    select * from {{ ref('int_findings__decided') }}
),

levels as (
    select * from {{ ref('alert_levels') }}
),

-- A signal stands until it was asked for in so many months and not there: hysteresis, and a late feed is no relief.
standing as (
    select
        raised.person_key,
        raised.signal_code,
        raised.source_code,
        raised.strength_code,
        asked.month,
        coalesce(raised.outcome_code, decisions.decision_code) is not null as is_settled
    from raised
    inner join asked
        on
            raised.signal_code = asked.signal_code
            and raised.month <= asked.month
            and asked.asked_number - raised.asked_number < {{ parameter('alert_clean_months') }}
    -- Settled by the end of the month; what is raised after the decision stands again.
    left join decisions
        on
            decisions.finding_id = md5(raised.signal_code || '|' || cast(raised.person_key as varchar))
            and decisions.is_accepted
            and decisions.recency = 1
            and decisions.decision_code in ('cleared', 'stopped')
            and raised.month <= decisions.decided_month
            and asked.month >= decisions.decided_month
),

counted as (
    select
        person_key,
        month,
        count(distinct source_code) as source_count,
        min(strength_code) as strength_code,
        count(distinct case when not is_settled then source_code end) as open_source_count,
        min(case when not is_settled then strength_code end) as open_strength_code
    from standing
    group by person_key, month
),

-- critical, strong, weak: in the alphabet as in strength.
ranked as (
    select
        counted.person_key,
        counted.month,
        max(case
            when counted.source_count >= levels.signals_from or counted.strength_code <= levels.strength_code
                then levels.alert_level_rank
        end) as raised_rank,
        max(case
            when
                counted.open_source_count >= levels.signals_from
                or counted.open_strength_code <= levels.strength_code
                then levels.alert_level_rank
        end) as open_rank
    from counted
    inner join levels
        on
            coalesce(levels.valid_from_date <= last_day(counted.month), true)
            and coalesce(levels.valid_to_date >= last_day(counted.month), true)
    group by counted.person_key, counted.month
),

final as (
    select
        person_key,
        month,
        raised_rank,
        open_rank
    from ranked
)

select * from final
