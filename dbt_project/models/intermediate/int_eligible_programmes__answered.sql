with hardships as (
    select * from {{ ref('int_hardships__judged') }}
),

answered as (
    select * from {{ ref('int_hardships__answered') }}
),

lists as (
    select * from {{ ref('hardship_lists') }}
),

suggested as (
    select * from {{ ref('hardship_programmes') }}
    where is_suggested
),

pairs as (
    select
        programme_code_a,
        programme_code_b
    from {{ ref('programme_pairs') }}
    where relation_code = 'exclusive'
),

exclusive as (
    select
        programme_code_a as programme_code,
        programme_code_b as other_programme_code
    from pairs
    union all
    select
        programme_code_b as programme_code,
        programme_code_a as other_programme_code
    from pairs
),

months as (
    select * from {{ ref('int_months__spanned') }}
    where is_business_month
),

notices as (
    select
        person_key,
        programme_code,
        notified_date,
        notice_answer_code,
        row_number() over (partition by person_key, programme_code order by notified_date desc) as recency
    from {{ ref('stg_hardship__policy_notices') }}
    where is_current and id_status_code = 'valid'
),

-- Whoever draws what excludes a programme does not seem eligible for it.
barred as (
    select distinct
        answered.person_key,
        answered.month,
        exclusive.programme_code
    from answered
    inner join exclusive
        on answered.programme_code = exclusive.other_programme_code
    where answered.standing_code = 'active'
),

matched as (
    select
        hardships.person_key,
        hardships.month,
        suggested.programme_code,
        max(hardships.hukou_area_code) as hukou_area_code,
        max(hardships.residence_area_code) as residence_area_code,
        {{ joined_text('lists.list_name') }} as reasons,
        count(distinct hardships.evidence_code) as source_count,
        max(hardships.severity_weight) as severity_weight
    from hardships
    inner join months
        on hardships.month = months.month
    inner join suggested
        on hardships.list_code = suggested.list_code
    inner join lists
        on hardships.list_code = lists.list_code
    group by hardships.person_key, hardships.month, suggested.programme_code
),

final as (
    select
        matched.person_key,
        matched.programme_code,
        matched.month,
        matched.hukou_area_code,
        matched.residence_area_code,
        matched.reasons,
        coalesce(answered.standing_code, 'open') as standing_code,
        notices.notified_date,
        notices.notice_answer_code,
        matched.source_count,
        matched.severity_weight
    from matched
    left join answered
        on
            matched.person_key = answered.person_key
            and matched.month = answered.month
            and matched.programme_code = answered.programme_code
    left join barred
        on
            matched.person_key = barred.person_key
            and matched.month = barred.month
            and matched.programme_code = barred.programme_code
    left join notices
        on
            matched.person_key = notices.person_key
            and matched.programme_code = notices.programme_code
            and notices.recency = 1
    where barred.person_key is null and coalesce(answered.standing_code, 'open') <> 'active'
)

select * from final
