with evidence as (
    select * from {{ ref('int_findings__evidence') }}
),

suppressed as (
    select * from {{ ref('int_rules__suppressed') }}
),

-- A grant of an earlier day is evidence of the later sum, so a month can hold more than one sum: the largest counts.
final as (
    select
        evidence.finding_id,
        evidence.household_key,
        evidence.programme_code,
        evidence.month,
        evidence.rule_code,
        evidence.person_key,
        evidence.hukou_area_code,
        evidence.residence_area_code,
        evidence.evidence_table,
        cast(max(evidence.evidence_amount_yuan) as decimal(18, 2)) as evidence_amount_yuan,
        cast(max(evidence.overpaid_amount_yuan) as decimal(18, 2)) as overpaid_amount_yuan
    from evidence
    left join suppressed
        on
            evidence.rule_code = suppressed.rule_code
            and evidence.month = suppressed.month
    where not coalesce(suppressed.is_suppressed, false)
    group by
        evidence.finding_id,
        evidence.household_key,
        evidence.programme_code,
        evidence.month,
        evidence.rule_code,
        evidence.person_key,
        evidence.hukou_area_code,
        evidence.residence_area_code,
        evidence.evidence_table
)

select * from final
