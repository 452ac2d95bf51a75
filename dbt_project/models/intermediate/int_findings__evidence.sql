with enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

members as (
    select * from {{ ref('int_members__judged') }}
),

households as (
    select * from {{ ref('int_households__judged') }}
),

payments as (
    select * from {{ ref('int_payments__placed') }}
),

paid_wrongly as (
    select * from {{ ref('int_findings__paid_wrongly') }}
),

grace as (
    select * from {{ ref('int_findings__grace') }}
),

split as (
    select * from {{ ref('int_findings__split') }}
),

aided as (
    select * from {{ ref('int_aided_events__judged') }}
),

capped as (
    select * from {{ ref('int_findings__capped') }}
),

reported_deaths as (
    select * from {{ ref('int_findings__reported_deaths') }}
),

barred as (
    select * from {{ ref('int_misreports__followed') }}
),

settlements as (
    select * from {{ ref('int_settlements__matched') }}
),

deaths as (
    select * from {{ ref('int_deaths__settled') }}
),

visits as (
    select * from {{ ref('stg_casework__visits') }}
),

programme_pairs as (
    select * from {{ ref('programme_pairs') }}
),

exit_triggers as (
    select * from {{ ref('int_exit_triggers__followed') }}
),

exit_kinds as (
    select * from {{ ref('exit_triggers') }}
),

suppressed as (
    select * from {{ ref('int_rules__suppressed') }}
),

-- One row per listing of a person in a household; the household that is counted stands in int_enrolments__counted.
listed_twice as (
    select
        members.person_key,
        members.household_key,
        members.programme_code,
        members.month,
        members.hukou_area_code,
        members.residence_area_code
    from members
    inner join enrolments
        on
            members.person_key = enrolments.person_key
            and members.programme_code = enrolments.programme_code
            and members.month = enrolments.month
    where
        enrolments.is_in_several_households
        and enrolments.id_status_code = 'valid'
        and members.is_current
        and members.is_covered
),

exclusive as (
    select
        enrolments.person_key,
        others.household_key,
        others.programme_code,
        enrolments.month,
        enrolments.hukou_area_code,
        enrolments.residence_area_code
    from enrolments
    inner join enrolments as others
        on
            enrolments.person_key = others.person_key
            and enrolments.month = others.month
    inner join programme_pairs
        on
            enrolments.programme_code = programme_pairs.programme_code_a
            and others.programme_code = programme_pairs.programme_code_b
            and programme_pairs.relation_code = 'exclusive'
    -- Enrolled alone out of a 低边 household (单人保) is what the rule provides for.
    where enrolments.id_status_code = 'valid' and not enrolments.is_single_person
),

accounts as (
    select
        account_key,
        benefit_month,
        count(distinct household_key) as household_count
    from payments
    where is_successful and account_key is not null
    group by account_key, benefit_month
    having count(distinct household_key) > 1
),

on_one_account as (
    select
        payments.person_key,
        payments.household_key,
        payments.programme_code,
        payments.benefit_month as month,
        payments.hukou_area_code,
        payments.residence_area_code,
        sum(payments.paid_amount_yuan) as paid_amount_yuan
    from payments
    inner join accounts
        on
            payments.account_key = accounts.account_key
            and payments.benefit_month = accounts.benefit_month
    where payments.is_successful
    group by
        payments.person_key,
        payments.household_key,
        payments.programme_code,
        payments.benefit_month,
        payments.hukou_area_code,
        payments.residence_area_code
),

protected_years as (
    select
        person_key,
        household_key,
        programme_code,
        cast(date_trunc('year', service_date) as date) as year_start_date,
        max(service_month) as month,
        max(hukou_area_code) as hukou_area_code,
        max(residence_area_code) as residence_area_code,
        sum(self_paid_amount_yuan) as self_paid_amount_yuan,
        sum(backstop_amount_yuan) as backstop_amount_yuan
    from settlements
    where programme_code is not null
    group by person_key, household_key, programme_code, cast(date_trunc('year', service_date) as date)
),

-- Met face to face, alone in the household, long after the death on record.
met as (
    select
        deaths.person_key,
        households.household_key,
        households.programme_code,
        cast(date_trunc('month', visits.visit_date) as date) as month,
        max(households.hukou_area_code) as hukou_area_code,
        max(households.residence_area_code) as residence_area_code
    from deaths
    inner join households
        on
            deaths.person_key = households.head_person_key
            and households.enrolled_count = 1
    inner join visits
        on
            households.household_key = visits.household_key
            and visits.is_current
            and visits.visit_result_code <> 'not_met'
            and {{ day_count('deaths.death_date', 'visits.visit_date') }}
            > {{ parameter('contact_after_death_days') }}
    where deaths.id_status_code = 'valid'
    group by
        deaths.person_key,
        households.household_key,
        households.programme_code,
        cast(date_trunc('month', visits.visit_date) as date)
),

-- On the roster in the months after what should have ended it; whoever is in 渐退 is on the way out. Payments after a
-- death and in custody have rules of their own, which know the yuan.
still_enrolled as (
    select
        exit_kinds.rule_code,
        exit_kinds.evidence_table,
        enrolments.person_key,
        enrolments.household_key,
        enrolments.programme_code,
        enrolments.month,
        enrolments.hukou_area_code,
        enrolments.residence_area_code
    from exit_triggers
    inner join exit_kinds
        on
            exit_triggers.trigger_code = exit_kinds.trigger_code
            and exit_kinds.rule_code not in ('paid_after_death', 'paid_in_custody')
    inner join enrolments
        on
            exit_triggers.person_key = enrolments.person_key
            and exit_triggers.programme_code = enrolments.programme_code
            and exit_triggers.last_month >= enrolments.month
            and {{ month_count('exit_triggers.first_month', 'enrolments.month') }}
            >= {{ parameter('paid_after_event_from_month') }}
            and coalesce(exit_triggers.cleared_month > enrolments.month, true)
    where enrolments.id_status_code = 'valid' and enrolments.member_status_code <> 'grace'
),

-- Only who was taken in during the bar: whoever was on the roster anyway is a matter of the misreport itself.
taken_in as (
    select distinct
        enrolments.person_key,
        enrolments.household_key,
        enrolments.programme_code,
        enrolments.month,
        enrolments.hukou_area_code,
        enrolments.residence_area_code
    from enrolments
    inner join barred
        on
            enrolments.person_key = barred.person_key
            and enrolments.programme_code = barred.programme_code
            and enrolments.month >= barred.reentry_month
            and enrolments.month < barred.bar_end_month
),

found as (
    select {{ evidence_of("'two_households'", "'roster_members'") }}
    from listed_twice
    union all
    select {{ evidence_of("'exclusive_programmes'", "'roster_members'") }}
    from exclusive
    union all
    select {{ evidence_of("'shared_account'", "'payments'", "paid_amount_yuan") }}
    from on_one_account
    union all
    select {{ evidence_of("'shared_id_number'", "'roster_members'") }}
    from enrolments
    where id_status_code = 'shared'
    union all
    select
        {{ evidence_of(
            table="'payments'", evidence_amount="paid_amount_yuan", overpaid_amount="overpaid_amount_yuan"
        ) }}
    from paid_wrongly
    union all
    select {{ evidence_of("'death_record_doubtful'", "'visits'") }}
    from met
    union all
    select {{ evidence_of("'reported_death_still_paid'", "'payments'", "paid_amount_yuan") }}
    from reported_deaths
    union all
    select
        {{ evidence_of(
            "'above_cap_without_backstop'", "'settlements'", "self_paid_amount_yuan - backstop_amount_yuan"
        ) }}
    from protected_years
    where self_paid_amount_yuan - backstop_amount_yuan > {{ parameter('medical_cap_yuan') }}
    union all
    select
        {{ evidence_of(
            table="'temporary_assistance'",
            evidence_amount="given_amount_yuan",
            overpaid_amount="given_amount_yuan - cap_amount_yuan"
        ) }}
    from capped
    union all
    select
        {{ evidence_of(evidence_amount="evidence_amount_yuan", overpaid_amount="overpaid_amount_yuan") }}
    from grace
    union all
    select {{ evidence_of("'household_split'", "'roster_members'", "entitlement_amount_yuan") }}
    from split
    union all
    select
        {{ evidence_of(
            table="'aided_events'",
            evidence_amount="aided_amount_yuan",
            overpaid_amount="beyond_amount_yuan",
            household="null"
        ) }}
    from aided
    where is_paid_twice
    union all
    select {{ evidence_of() }}
    from still_enrolled
    union all
    select {{ evidence_of("'taken_in_while_barred'", "'misreports'") }}
    from taken_in
),

-- A rule that could not be asked of a month, or of a programme in it, says nothing of it.
final as (
    select
        -- One finding a rule and person; both households that share an account have one each.
        md5(found.rule_code || '|' || cast(found.person_key as varchar)) as finding_id,
        found.*
    from found
    left join suppressed
        on
            found.rule_code = suppressed.rule_code
            and found.month = suppressed.month
    where
        not coalesce(suppressed.is_suppressed, false)
        and not coalesce(
            ('、' || suppressed.silent_programmes || '、') like ('%、' || found.programme_code || '、%'), false
        )
)

select * from final
