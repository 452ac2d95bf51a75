with listed as (
    select distinct
        person_key,
        month,
        last_day(month) as month_end_date
    from {{ ref('int_hardships__listed') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
    where has_roster
),

steps as (
    select * from {{ ref('case_steps') }}
),

applications as (
    select * from {{ ref('int_applications__decided') }}
    where id_status_code = 'valid'
),

housing as (
    select * from {{ ref('stg_housing__housing_applications') }}
    where is_current and id_status_code = 'valid'
),

terms as (
    select * from {{ ref('aid_terms') }}
),

-- A roster that is missing in a month takes nobody's enrolment away: the last one before it tells.
rosters as (
    select
        months.month,
        programme_months.programme_code,
        max(programme_months.month) as roster_month
    from months
    inner join programme_months
        on months.month >= programme_months.month
    group by months.month, programme_months.programme_code
),

enrolled as (
    select
        enrolments.person_key,
        enrolments.programme_code,
        'active' as standing_code,
        rosters.month as from_date,
        cast(rosters.month + interval 1 month as date) as to_date
    from {{ ref('int_enrolments__counted') }} as enrolments
    inner join rosters
        on
            enrolments.programme_code = rosters.programme_code
            and enrolments.month = rosters.roster_month
    where enrolments.id_status_code = 'valid'
),

-- A family that accepted is helped, one that declined has chosen; both by the terms of the education office.
studying as (
    select
        person_key,
        'education' as programme_code,
        case education_stage_code when 'accepted' then 'active' else 'declined' end as standing_code,
        month as from_date,
        cast(month + interval 1 month as date) as to_date
    from {{ ref('int_students__staged') }}
    where education_stage_code in ('accepted', 'declined')
),

once as (
    select
        person_key,
        'temporary' as programme_code,
        decision_date as from_date
    from {{ ref('stg_temporary__temporary_assistance') }}
    where is_current and id_status_code = 'valid'
    union all
    select
        person_key,
        'disaster' as programme_code,
        grant_date as from_date
    from {{ ref('stg_disaster__disaster_grants') }}
    where is_current and id_status_code = 'valid'
    union all
    select
        person_key,
        'medical' as programme_code,
        service_date as from_date
    from {{ ref('int_settlements__matched') }}
    where id_status_code = 'valid' and medical_assistance_amount_yuan + backstop_amount_yuan > 0
    union all
    select
        person_key,
        'housing' as programme_code,
        decision_date as from_date
    from housing
    where housing_decision_code = 'approved' and decision_date is not null
    union all
    select
        person_key,
        'employment' as programme_code,
        finished_date as from_date
    from {{ ref('stg_employment__trainings') }}
    where is_current and id_status_code = 'valid'
    union all
    select
        person_key,
        'employment' as programme_code,
        offer_date as from_date
    from {{ ref('stg_employment__job_offers') }}
    where is_current and id_status_code = 'valid' and offer_result_code = 'accepted'
),

granted as (
    select
        once.person_key,
        once.programme_code,
        'active' as standing_code,
        once.from_date,
        {{ months_after('once.from_date', 'terms.standing_months') }} as to_date
    from once
    inner join terms
        on once.programme_code = terms.programme_code
),

-- Who is approved waits for the next roster; a request that was withdrawn or turned down waits for nothing.
waiting as (
    select
        person_key,
        programme_code,
        'pending' as standing_code,
        application_date as from_date,
        case application_status_code
            when 'approved' then cast(date_trunc('month', approved_date) + interval 2 month as date)
            when 'pending' then null
            else last_event_date
        end as to_date
    from applications
    union all
    select
        person_key,
        'housing' as programme_code,
        'pending' as standing_code,
        application_date as from_date,
        case when housing_decision_code <> 'pending' then decision_date end as to_date
    from housing
),

-- Turned down after the facts were checked; a file that was incomplete proves nothing.
turned_down as (
    select
        applications.person_key,
        applications.programme_code,
        applications.last_event_date as rejected_date
    from applications
    inner join steps
        on applications.last_step_code = steps.step_code
    where
        applications.application_status_code = 'rejected'
        and steps.step_number >= (
            select checked.step_number
            from steps as checked
            where checked.step_code = 'verify'
        )
    union all
    select
        person_key,
        'housing' as programme_code,
        decision_date as rejected_date
    from housing
    where housing_decision_code = 'rejected' and decision_date is not null
),

rejected as (
    select
        person_key,
        programme_code,
        'rejected' as standing_code,
        rejected_date as from_date,
        {{ months_after('rejected_date', parameter('rejection_valid_months')) }} as to_date
    from turned_down
),

-- What was answered last counts: who is willing after all has not declined any more.
noticed as (
    select
        person_key,
        programme_code,
        notice_answer_code,
        notified_date,
        lead(notified_date) over (partition by person_key, programme_code order by notified_date) as next_notified_date
    from {{ ref('stg_hardship__policy_notices') }}
    where is_current and id_status_code = 'valid'
),

declined as (
    select
        person_key,
        programme_code,
        'declined' as standing_code,
        notified_date as from_date,
        least(
            {{ months_after('notified_date', parameter('decline_valid_months')) }},
            coalesce(next_notified_date, {{ months_after('notified_date', parameter('decline_valid_months')) }})
        ) as to_date
    from noticed
    where notice_answer_code = 'declined'
),

standings as (
    {% for name in ['enrolled', 'studying', 'granted', 'waiting', 'rejected', 'declined'] %}
        select * from {{ name }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

ranked as (
    select
        listed.person_key,
        listed.month,
        standings.programme_code,
        min(
            case standings.standing_code when 'active' then 1 when 'pending' then 2 when 'declined' then 3 else 4 end
        ) as standing_rank
    from listed
    inner join standings
        on
            listed.person_key = standings.person_key
            and listed.month_end_date >= standings.from_date
            and coalesce(listed.month_end_date < standings.to_date, true)
    group by listed.person_key, listed.month, standings.programme_code
),

final as (
    select
        person_key,
        month,
        programme_code,
        standing_rank,
        case standing_rank when 1 then 'active' when 2 then 'pending' when 3 then 'declined' else 'rejected' end
            as standing_code
    from ranked
)

select * from final
