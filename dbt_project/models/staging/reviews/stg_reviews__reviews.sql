with source as (
    select * from {{ source('reviews', 'reviews') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.review_key,
        source.household_key,
        source.person_key,
        source.id_status_code,
        source.programme_code,
        source.hukou_area_code,
        source.residence_area_code,
        source.due_date,
        source.done_date,
        source.review_result_code,
        source.valid_until_date,
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
        is_latest_version and {{ telling_rank(['review_key']) }} = 1 as is_current
    from versioned
)

select * from final
