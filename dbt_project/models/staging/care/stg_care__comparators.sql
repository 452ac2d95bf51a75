with source as (
    select * from {{ source('care', 'comparators') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.comparator_name,
        source.measure_code,
        source.as_of_date,
        source.published_value,
        source.published_source,
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

final as (
    select
        *,
        is_latest_version and {{ telling_rank(['comparator_name', 'measure_code', 'as_of_date']) }} = 1 as is_current
    from versioned
)

select * from final
