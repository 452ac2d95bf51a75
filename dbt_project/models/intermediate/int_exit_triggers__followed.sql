with told as (
    select * from {{ ref('int_exit_triggers__told') }}
),

spells as (
    select * from {{ ref('int_spells__numbered') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

households as (
    select * from {{ ref('int_households__judged') }}
),

paid as (
    select * from {{ ref('int_household_months__paid') }}
),

kinds as (
    select * from {{ ref('exit_triggers') }}
),

decisions as (
    select * from {{ ref('int_findings__decided') }}
    where is_accepted and recency = 1
),

heads as (
    select distinct
        household_key,
        programme_code,
        head_person_key
    from households
),

-- Of a household's enrolled persons the head speaks for it.
spoken as (
    select
        told.trigger_code,
        told.from_date,
        told.until_date,
        spells.*,
        row_number() over (
            partition by told.trigger_code, told.household_key, told.programme_code, told.from_date
            order by
                case when coalesce(spells.exit_month > told.from_date, true) then 0 else 1 end asc,
                case when heads.head_person_key is null then 1 else 0 end asc,
                spells.entry_month asc,
                cast(spells.person_key as varchar) asc
        ) as choice
    from told
    inner join spells
        on
            told.household_key = spells.household_key
            and told.programme_code = spells.programme_code
            and last_day(told.since_date) >= spells.entry_month
    left join heads
        on
            spells.household_key = heads.household_key
            and spells.programme_code = heads.programme_code
            and spells.person_key = heads.head_person_key
),

matched as (
    select
        told.trigger_code,
        told.from_date,
        told.until_date,
        spells.person_key,
        spells.programme_code,
        spells.spell_number,
        spells.household_key,
        spells.entry_month,
        spells.last_month,
        spells.exit_month,
        spells.exit_reason_code,
        spells.last_hukou_area_code,
        spells.last_residence_area_code
    from told
    inner join spells
        on told.person_key = spells.person_key
    union all
    select
        trigger_code,
        from_date,
        until_date,
        person_key,
        programme_code,
        spell_number,
        household_key,
        entry_month,
        last_month,
        exit_month,
        exit_reason_code,
        last_hukou_area_code,
        last_residence_area_code
    from spoken
    where choice = 1
),

-- Whoever left before it happened is no trigger, nor is what was over before he came or within its own month.
begun as (
    select
        *,
        greatest(cast(date_trunc('month', from_date) as date), entry_month) as first_month
    from matched
    where
        coalesce(exit_month >= cast(date_trunc('month', from_date) as date), true)
        and coalesce(
            cast(date_trunc('month', until_date) as date)
            > greatest(cast(date_trunc('month', from_date) as date), entry_month),
            true
        )
),

summed as (
    select
        trigger_code,
        person_key,
        programme_code,
        spell_number,
        household_key,
        exit_month,
        exit_reason_code,
        last_month,
        last_hukou_area_code,
        last_residence_area_code,
        min(from_date) as trigger_date,
        min(first_month) as first_month,
        max(from_date) as last_date,
        -- Several in a row: over when the last one is.
        case
            when count(*) = count(until_date) then cast(date_trunc('month', max(until_date)) as date)
        end as over_month
    from begun
    group by
        trigger_code,
        person_key,
        programme_code,
        spell_number,
        household_key,
        exit_month,
        exit_reason_code,
        last_month,
        last_hukou_area_code,
        last_residence_area_code
),

-- What case workers made of the lead about it. A decision is about what had happened by then: before the last event, or
-- before the person came back, it was about something else.
decided as (
    select
        summed.*,
        decisions.decision_code,
        decisions.decision_reason_code,
        decisions.decided_date,
        decisions.decided_month,
        case when decisions.decision_code = 'cleared' then decisions.decided_month end as dismissed_month
    from summed
    inner join kinds
        on summed.trigger_code = kinds.trigger_code
    left join decisions
        on
            decisions.finding_id = md5(kinds.rule_code || '|' || cast(summed.person_key as varchar))
            and summed.last_date <= decisions.decided_date
            and summed.first_month <= decisions.decided_month
),

-- Over when the event is, or when it was found to be no reason to leave; never after the person has left.
ended as (
    select
        *,
        case
            when coalesce(over_month <= dismissed_month, dismissed_month is null) then over_month
            else dismissed_month
        end as end_month
    from decided
),

paid_after as (
    select
        ended.trigger_code,
        ended.person_key,
        ended.programme_code,
        ended.spell_number,
        max(paid.month) as last_paid_month
    from ended
    inner join paid
        on
            ended.household_key = paid.household_key
            and ended.programme_code = paid.programme_code
            and ended.first_month < paid.month
            and coalesce(ended.exit_month > paid.month, true)
            and coalesce(ended.end_month > paid.month, true)
    group by ended.trigger_code, ended.person_key, ended.programme_code, ended.spell_number
),

final as (
    select
        ended.person_key,
        ended.programme_code,
        ended.spell_number,
        ended.trigger_code,
        ended.household_key,
        ended.trigger_date,
        ended.first_month,
        case when coalesce(ended.end_month >= ended.exit_month, false) then null else ended.end_month end
            as cleared_month,
        case when coalesce(ended.end_month < ended.exit_month, false) then null else ended.exit_month end
            as exit_month,
        case when coalesce(ended.end_month < ended.exit_month, false) then null else ended.exit_reason_code end
            as exit_reason_code,
        ended.last_hukou_area_code as hukou_area_code,
        ended.last_residence_area_code as residence_area_code,
        ended.last_month,
        paid_after.last_paid_month,
        case when coalesce(ended.dismissed_month < ended.exit_month, true) then ended.dismissed_month end
            as dismissed_month,
        ended.decision_code,
        ended.decision_reason_code,
        ended.decided_date,
        -- What the roster shows comes before what was decided; who was to be stopped and is on a later one was not.
        case
            when ended.end_month is not null and coalesce(ended.end_month < ended.exit_month, true) then 'cleared'
            when ended.exit_month is not null then 'stopped'
            when enrolments.member_status_code = 'grace' then 'grace'
            when ended.decision_code in ('verified', 'grace') then ended.decision_code
            when ended.decision_code = 'stopped' and ended.last_month <= ended.decided_month then 'stopped'
            else 'triggered'
        end as lifecycle_code
    from ended
    left join enrolments
        on
            ended.person_key = enrolments.person_key
            and ended.programme_code = enrolments.programme_code
            and ended.last_month = enrolments.month
    left join paid_after
        on
            ended.trigger_code = paid_after.trigger_code
            and ended.person_key = paid_after.person_key
            and ended.programme_code = paid_after.programme_code
            and ended.spell_number = paid_after.spell_number
)

select * from final
