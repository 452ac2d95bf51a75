with evidence as (
    select * from {{ ref('int_findings__evidence') }}
),

suppressed as (
    select * from {{ ref('int_rules__suppressed') }}
),

rules as (
    select * from {{ ref('finding_rules') }}
),

weakened as (
    select * from {{ ref('int_findings__weakened') }}
),

run as (
    select * from {{ ref('stg_deliveries__run') }}
),

heard as (
    select evidence.*
    from evidence
    left join suppressed
        on
            evidence.rule_code = suppressed.rule_code
            and evidence.month = suppressed.month
    where not coalesce(suppressed.is_suppressed, false)
),

doubtful as (
    select distinct person_key
    from heard
    where rule_code = 'death_record_doubtful'
),

-- By month first: of a running sum of twelve months the latest counts, not the sum of the sums.
monthly as (
    select
        finding_id,
        rule_code,
        person_key,
        month,
        max(hukou_area_code) as hukou_area_code,
        max(residence_area_code) as residence_area_code,
        count(*) as evidence_count,
        sum(overpaid_amount_yuan) as overpaid_amount_yuan,
        max(overpaid_amount_yuan) as largest_amount_yuan
    from heard
    group by finding_id, rule_code, person_key, month
),

placed as (
    select
        *,
        row_number() over (partition by finding_id order by month desc) as recency
    from monthly
),

summed as (
    select
        finding_id,
        rule_code,
        person_key,
        min(month) as first_month,
        max(month) as last_month,
        count(*) as month_count,
        sum(evidence_count) as evidence_count,
        max(case when recency = 1 then hukou_area_code end) as hukou_area_code,
        max(case when recency = 1 then residence_area_code end) as residence_area_code,
        case
            when rule_code = 'above_yearly_sum' then max(largest_amount_yuan)
            else sum(overpaid_amount_yuan)
        end as overpaid_amount_yuan
    from placed
    group by finding_id, rule_code, person_key
),

final as (
    select
        summed.finding_id,
        summed.rule_code,
        summed.person_key,
        summed.first_month,
        summed.last_month,
        summed.hukou_area_code,
        summed.residence_area_code,
        rules.rule_name,
        rules.severity_code,
        rules.owner_department,
        rules.deadline_working_days,
        -- Only A flags by itself; what may be a mistake of the record, or two people who are one family, is looked at.
        case
            when weakened.tier_code is not null then weakened.tier_code
            when summed.rule_code in ('shared_account', 'shared_id_number', 'death_record_doubtful') then 'B'
            when summed.rule_code = 'paid_after_death' and doubtful.person_key is not null then 'B'
            else 'A'
        end as tier_code,
        cast(summed.month_count as bigint) as month_count,
        cast(summed.evidence_count as bigint) as evidence_count,
        cast(summed.overpaid_amount_yuan as decimal(18, 2)) as overpaid_amount_yuan,
        summed.last_month = run.business_month as is_going_on
    from summed
    inner join rules
        on summed.rule_code = rules.rule_code
    cross join run
    left join doubtful
        on summed.person_key = doubtful.person_key
    left join weakened
        on
            summed.rule_code = weakened.rule_code
            and summed.person_key = weakened.person_key
)

select * from final
