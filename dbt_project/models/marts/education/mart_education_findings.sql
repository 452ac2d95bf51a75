with students as (
    select * from {{ ref('fct_education_months') }}
),

aid as (
    select * from {{ ref('fct_education_aid') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

kinds as (
    select * from {{ ref('education_findings') }}
),

-- A student who moved is found where he was paid last.
paid as (
    select
        aid.*,
        kinds.finding_code,
        row_number() over (
            partition by kinds.finding_code, aid.person_key order by aid.paid_date desc, aid.aid_key desc
        ) as recency
    from aid
    inner join kinds
        on
            (kinds.finding_code = 'declined_but_aided' and aid.is_declined)
            or (kinds.finding_code = 'aided_without_hardship' and not aid.is_identified)
),

paid_findings as (
    select
        person_key,
        finding_code,
        max(case when recency = 1 then hukou_area_code end) as hukou_area_code,
        max(case when recency = 1 then residence_area_code end) as residence_area_code,
        coalesce(min(declined_date), min(paid_date)) as since_date,
        min(month) as first_month,
        max(month) as last_month,
        count(*) as payments_count,
        sum(aid_amount_yuan) as aid_amount_yuan
    from paid
    group by person_key, finding_code
),

overdue as (
    select
        person_key,
        identified_date,
        min(month) as first_month
    from students
    where is_offer_overdue
    group by person_key, identified_date
),

open_findings as (
    select
        students.person_key,
        'not_offered' as finding_code,
        students.hukou_area_code,
        students.residence_area_code,
        students.identified_date as since_date,
        overdue.first_month,
        students.month as last_month,
        0 as payments_count,
        0 as aid_amount_yuan
    from students
    inner join months
        on
            students.month = months.month
            and months.is_business_month
    inner join overdue
        on
            students.person_key = overdue.person_key
            and students.identified_date = overdue.identified_date
    where students.is_offer_overdue
),

gathered as (
    select * from paid_findings
    union all
    select * from open_findings
),

final as (
    select
        gathered.person_key,
        gathered.finding_code,
        kinds.finding_name,
        'education' as programme_code,
        gathered.hukou_area_code,
        gathered.residence_area_code,
        gathered.since_date,
        gathered.first_month,
        gathered.last_month,
        cast(gathered.payments_count as bigint) as payments_count,
        cast(gathered.aid_amount_yuan as decimal(18, 2)) as aid_amount_yuan
    from gathered
    inner join kinds
        on gathered.finding_code = kinds.finding_code
)

select * from final
