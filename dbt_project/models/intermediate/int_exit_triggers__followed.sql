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

payments as (
    select * from {{ ref('int_payments__placed') }}
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

paid as (
    select
        household_key,
        programme_code,
        benefit_month,
        sum(paid_amount_yuan) as paid_amount_yuan
    from payments
    where is_successful
    group by household_key, programme_code, benefit_month
),

paid_after as (
    select
        summed.trigger_code,
        summed.person_key,
        summed.programme_code,
        summed.spell_number,
        max(paid.benefit_month) as last_paid_month
    from summed
    inner join paid
        on
            summed.household_key = paid.household_key
            and summed.programme_code = paid.programme_code
            and summed.first_month < paid.benefit_month
            and coalesce(summed.exit_month > paid.benefit_month, true)
            and coalesce(summed.over_month > paid.benefit_month, true)
    group by summed.trigger_code, summed.person_key, summed.programme_code, summed.spell_number
),

final as (
    select
        summed.person_key,
        summed.programme_code,
        summed.spell_number,
        summed.trigger_code,
        summed.household_key,
        summed.trigger_date,
        summed.first_month,
        case when coalesce(summed.over_month >= summed.exit_month, false) then null else summed.over_month end
            as cleared_month,
        case when coalesce(summed.over_month < summed.exit_month, false) then null else summed.exit_month end
            as exit_month,
        case when coalesce(summed.over_month < summed.exit_month, false) then null else summed.exit_reason_code end
            as exit_reason_code,
        summed.last_hukou_area_code as hukou_area_code,
        summed.last_residence_area_code as residence_area_code,
        summed.last_month,
        paid_after.last_paid_month,
        case
            when summed.over_month is not null and coalesce(summed.over_month < summed.exit_month, true) then 'cleared'
            when summed.exit_month is not null then 'stopped'
            when enrolments.member_status_code = 'grace' then 'grace'
            else 'triggered'
        end as lifecycle_code
    from summed
    left join enrolments
        on
            summed.person_key = enrolments.person_key
            and summed.programme_code = enrolments.programme_code
            and summed.last_month = enrolments.month
    left join paid_after
        on
            summed.trigger_code = paid_after.trigger_code
            and summed.person_key = paid_after.person_key
            and summed.programme_code = paid_after.programme_code
            and summed.spell_number = paid_after.spell_number
)

select * from final
