{% set lists = [
    ('death', 'deaths'), ('custody', 'custody'), ('disability', 'disabilities'),
    ('unemployment', 'unemployment_registrations'), ('residence', 'residence_registrations'),
    ('medical', 'settlements'), ('education', 'education_offers'), ('housing', 'housing_applications'),
    ('charity_grant', 'charity_grants'), ('poverty', 'poverty_monitoring'), ('platform', 'platform_records'),
    ('alert', 'platform_alerts'), ('disaster', 'disaster_grants'), ('temporary', 'temporary_assistance'),
    ('wage', 'wages'),
] -%}
{% set registers = [
    ('disability', 'disabilities', 'stg_disability__disabilities', "'grade_' || listed.disability_grade_code"),
    (
        'unemployment', 'unemployment_registrations', 'stg_employment__unemployment_registrations',
        "case when listed.is_insured then 'insured' else 'uninsured' end",
    ),
    (
        'residence', 'residence_registrations', 'stg_residence__residence_registrations',
        "case when listed.residence_area_code = 'outside' then 'away' "
        ~ "when listed.hukou_area_code = 'outside' then 'from_outside' else 'elsewhere_in_district' end",
    ),
    (
        'poverty', 'poverty_monitoring', 'stg_poverty__poverty_monitoring',
        "case when listed.is_risk_removed then 'risk_removed' else listed.monitored_type_code end",
    ),
    ('platform', 'platform_records', 'stg_platform__platform_records', 'listed.platform_status_code'),
] -%}
{% set events = [
    ('death', 'stg_deaths__deaths', "'deceased'", 'death_date', 'listed.death_date is not null'),
    (
        'custody', 'stg_custody__custody', 'listed.custody_type_code', 'custody_start_date',
        'coalesce(listed.custody_end_date > months.month_end_date, true)',
    ),
    ('housing', 'stg_housing__housing_applications', 'listed.housing_decision_code', 'application_date', none),
    ('alert', 'stg_platform__platform_alerts', 'listed.alert_outcome_code', 'alert_date', none),
    ('disaster', 'stg_disaster__disaster_grants', "'granted'", 'grant_date', none),
    ('temporary', 'stg_temporary__temporary_assistance', "'granted'", 'decision_date', none),
] -%}

with months as (
    select
        month,
        last_day(month) as month_end_date
    from {{ ref('int_months__spanned') }}
    where is_business_month
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

located as (
    select * from {{ ref('int_persons__located') }}
),

-- The last delivery that was due of each table: where it did not come, the list says nothing of anybody.
last_due as (
    select
        deliveries.table_name,
        deliveries.extract_name,
        deliveries.department_code,
        max(deliveries.month) as month
    from deliveries
    cross join months
    where deliveries.month <= months.month
    group by deliveries.table_name, deliveries.extract_name, deliveries.department_code
),

feeds as (
    select
        last_due.table_name,
        max(last_due.month) as list_month,
        max(case when deliveries.status_code <> 'landed' then 1 else 0 end) = 1 as is_late
    from last_due
    inner join deliveries
        on
            last_due.extract_name = deliveries.extract_name
            and last_due.department_code = deliveries.department_code
            and last_due.month = deliveries.month
    group by last_due.table_name
),

-- Who is to be reviewed: the rosters of the month, and whoever's application is on its way or was decided in it.
enrolled as (
    select
        enrolments.person_key,
        {{ joined_text('enrolments.programme_code') }} as roster_code
    from {{ ref('int_enrolments__counted') }} as enrolments
    inner join months
        on enrolments.month = months.month
    where enrolments.id_status_code = 'valid'
    group by enrolments.person_key
),

applied as (
    select
        applications.person_key,
        {{ joined_text('applications.programme_code') }} as application_code
    from {{ ref('int_applications__decided') }} as applications
    cross join months
    where
        applications.id_status_code = 'valid'
        and applications.application_date <= months.month_end_date
        and (
            applications.application_status_code = 'pending'
            or applications.last_event_date >= months.month
        )
    group by applications.person_key
),

reviewed as (
    select person_key from enrolled
    union
    select person_key from applied
),

-- What each list says, a code a person. Lists of a month or quarter: the last one says who is on it now.
{% for list, table, model, said in registers %}
    {{ list }} as (
        select
            listed.person_key,
            {{ said }} as said_code
        from {{ ref(model) }} as listed
        inner join feeds
            on
                feeds.table_name = '{{ table }}'
                and listed.report_month = feeds.list_month
        where listed.is_current and listed.id_status_code = 'valid'
    ),

{% endfor %}
-- Lists of events: of all times, or of the last twelve months.
{% for list, model, said, day, window in events %}
    {{ list }} as (
        select
            listed.person_key,
            {{ said }} as said_code
        from {{ ref(model) }} as listed
        cross join months
        where
            listed.is_current
            and listed.id_status_code = 'valid'
            and listed.{{ day }} <= months.month_end_date
            {% if window %}
                and {{ window }}
            {% else %}
                and {{ month_count('listed.' ~ day, 'months.month') }} < {{ cutoff('window_months') }}
            {% endif %}
    ),

{% endfor %}
charity_grant as (
    select
        grants.person_key,
        case when count(*) > 1 then 'repeated' else 'once' end as said_code
    from {{ ref('stg_charity__charity_grants') }} as grants
    cross join months
    where
        grants.is_current
        and grants.id_status_code = 'valid'
        and grants.granted_date <= months.month_end_date
        and {{ month_count('grants.granted_date', 'months.month') }} < {{ cutoff('window_months') }}
    group by grants.person_key
),

medical as (
    select
        settlements.person_key,
        case
            when sum(settlements.self_paid_amount_yuan - settlements.backstop_amount_yuan) >= (
                select lists.threshold_value
                from {{ ref('hardship_lists') }} as lists
                where lists.list_code = 'medical_burden'
            ) then 'above_threshold'
            else 'below_threshold'
        end as said_code
    from {{ ref('int_settlements__matched') }} as settlements
    inner join months
        on
            settlements.service_month <= months.month
            and {{ month_count('settlements.service_month', 'months.month') }} < {{ cutoff('window_months') }}
    where settlements.id_status_code = 'valid'
    group by settlements.person_key
),

-- Of several employers one who pays in is enough; active comes first in the alphabet, too.
wage as (
    select
        wages.person_key,
        min(wages.insurance_status_code) as said_code,
        sum(case when wages.insurance_status_code = 'active' then wages.wage_amount_yuan end) as wage_amount_yuan
    from {{ ref('stg_wages__wages') }} as wages
    inner join feeds
        on
            feeds.table_name = 'wages'
            and wages.report_month = feeds.list_month
    where wages.is_current and wages.id_status_code = 'valid'
    group by wages.person_key
),

education as (
    select
        staged.person_key,
        staged.education_stage_code as said_code
    from {{ ref('int_students__staged') }} as staged
    inner join months
        on staged.month = months.month
),

said as (
    {% for list, table in lists %}
        select
            '{{ list }}' as list_code,
            person_key,
            said_code
        from {{ list }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

pivoted as (
    select
        said.person_key,
        {% for list, table in lists %}
            max(case when said.list_code = '{{ list }}' then said.said_code end) as {{ list }}_code,
        {% endfor %}
        count(distinct said.list_code) as list_count
    from said
    inner join reviewed
        on said.person_key = reviewed.person_key
    group by said.person_key
),

late as (
    select
        {% for list, table in lists %}
            coalesce(max(case when table_name = '{{ table }}' and is_late then 1 else 0 end), 0) = 1
                as is_{{ list }}_late,
        {% endfor %}
        count(*) as feed_count
    from feeds
),

final as (
    select
        reviewed.person_key,
        months.month,
        coalesce(located.hukou_area_code, 'unknown') as hukou_area_code,
        coalesce(located.residence_area_code, 'unknown') as residence_area_code,
        enrolled.roster_code,
        applied.application_code,
        {% for list, table in lists %}
            case when late.is_{{ list }}_late then 'no_data' else pivoted.{{ list }}_code end as {{ list }}_code,
        {% endfor %}
        cast(case when not late.is_wage_late then wage.wage_amount_yuan end as decimal(18, 2)) as wage_amount_yuan,
        coalesce(pivoted.list_count, 0) as list_count
    from reviewed
    cross join months
    cross join late
    left join enrolled
        on reviewed.person_key = enrolled.person_key
    left join applied
        on reviewed.person_key = applied.person_key
    left join pivoted
        on reviewed.person_key = pivoted.person_key
    left join wage
        on reviewed.person_key = wage.person_key
    left join located
        on reviewed.person_key = located.person_key
)

select * from final
