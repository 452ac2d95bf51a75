with decisions as (
    select * from {{ ref('stg_findings__finding_decisions') }}
),

-- The worklist prints the number of the lead; a list kept by hand only knows rule and person.
numbered as (
    select
        coalesce(finding_id, md5(rule_code || '|' || cast(person_key as varchar))) as finding_id,
        rule_code,
        person_key,
        decision_code,
        decision_reason_code,
        decided_date,
        -- Of one day, the one told last.
        row_number() over (
            partition by coalesce(finding_id, md5(rule_code || '|' || cast(person_key as varchar))), decided_date
            order by delivery_sequence desc, source_sheet desc, source_row_number desc
        ) as telling,
        -- Cleared without a reason is no decision, nor is one of no day.
        decided_date is not null and (decision_code <> 'cleared' or decision_reason_code is not null) as is_accepted
    from decisions
    where is_current and decision_code is not null
),

final as (
    select
        finding_id,
        rule_code,
        person_key,
        decided_date,
        cast(date_trunc('month', decided_date) as date) as decided_month,
        decision_code,
        decision_reason_code,
        is_accepted,
        -- The last decision is what holds.
        row_number() over (
            partition by finding_id, is_accepted
            order by coalesce(decided_date, date '1900-01-01') desc
        ) as recency
    from numbered
    where telling = 1
)

select * from final
