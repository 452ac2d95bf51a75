with evidence as (
    select * from {{ ref('int_findings__evidence') }}
),

-- A grant of an earlier day is evidence of the later sum, so a month can hold more than one sum: the largest counts.
final as (
    select
        finding_id,
        household_key,
        programme_code,
        month,
        rule_code,
        person_key,
        hukou_area_code,
        residence_area_code,
        evidence_table,
        cast(max(evidence_amount_yuan) as decimal(18, 2)) as evidence_amount_yuan,
        cast(max(overpaid_amount_yuan) as decimal(18, 2)) as overpaid_amount_yuan
    from evidence
    group by
        finding_id,
        household_key,
        programme_code,
        month,
        rule_code,
        person_key,
        hukou_area_code,
        residence_area_code,
        evidence_table
)

select * from final
