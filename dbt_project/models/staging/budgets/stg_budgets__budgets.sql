with source as (
    select * from {{ source('budgets', 'budgets') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

versioned as (
    select
        source.budget_year,
        source.area_code,
        source.programme_code,
        source.fund_source_code,
        source.budget_amount_yuan,
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
        is_latest_version
        and {{ telling_rank(['budget_year', 'area_code', 'programme_code', 'fund_source_code']) }} = 1 as is_current
    from versioned
)

select * from final
