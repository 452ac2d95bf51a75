with source as (
    select * from {{ source('deliveries', 'deliveries') }}
),

run as (
    select * from {{ ref('stg_deliveries__run') }}
),

extracts as (
    select * from {{ ref('stg_deliveries__extracts') }}
),

-- What reports a later month than the business month is not known yet: so a month can be rebuilt as of then.
-- What comes irregularly (divisions, standards) says itself from when it holds.
known as (
    select
        source.*,
        extracts.cadence_code,
        -- What replaces the whole has one version history, not one a month.
        coalesce(source.report_month, date '1900-01-01') as version_month
    from source
    cross join run
    left join extracts
        on
            source.department_code = extracts.department_code
            and source.extract_name = extracts.extract_name
    where
        source.report_month is null
        or source.report_month <= run.business_month
        or extracts.cadence_code = 'irregular'
),

numbered as (
    select
        *,
        row_number() over (
            partition by department_code, extract_name, version_month, status_code
            order by delivery_sequence
        ) as version_number,
        count(*) over (
            partition by department_code, extract_name, version_month, status_code
        ) as version_count
    from known
),

final as (
    select
        delivery_id,
        delivery_sequence,
        department_code,
        extract_name,
        table_name,
        report_month,
        cadence_code,
        status_code,
        version_count,
        row_count,
        rejected_count,
        late_days_count,
        read_count,
        unmet_count,
        checked_ids_count,
        valid_ids_count,
        matched_areas_count,
        unmatched_areas_count,
        status_code = 'landed' and version_number = version_count as is_latest_version,
        status_code = 'landed' and version_number = 1 as is_first_version
    from numbered
)

select * from final
