with source as (
    select * from {{ source('findings', 'finding_decisions') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.person_key,
        source.id_status_code,
        source.finding_id,
        source.rule_code,
        source.first_month,
        source.decision_code,
        source.decision_reason_code,
        source.decided_date,
        source.report_month,
        source.department_code,
        deliveries.extract_name,
        source.delivery_id,
        source.delivery_sequence,
        source.source_sheet,
        source.source_row_number,
        deliveries.is_latest_version,
        deliveries.is_first_version
    from source
    inner join deliveries
        on
            source.delivery_id = deliveries.delivery_id
            and source.report_month is not distinct from deliveries.report_month
),

-- Every worklist that came back counts: each is about other streets and rules, none replaces the one before.
final as (
    select
        *,
        row_number() over (
            partition by person_key, finding_id, rule_code, decided_date
            order by delivery_sequence desc, source_sheet desc, source_row_number desc
        ) = 1 as is_current
    from versioned
)

select * from final
