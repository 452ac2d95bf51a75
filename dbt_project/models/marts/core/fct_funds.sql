with funds as (
    select * from {{ ref('stg_funds__funds') }}
),

fund_sources as (
    select * from {{ ref('fund_sources') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

-- Two streets that merged may be booked apart under one code.
final as (
    select
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        funds.report_month as month,
        funds.programme_code,
        funds.fund_source_code,
        cast(sum(funds.fund_amount_yuan) as decimal(18, 2)) as fund_amount_yuan,
        fund_sources.is_fiscal
    from funds
    inner join fund_sources
        on funds.fund_source_code = fund_sources.fund_source_code
    left join mapped
        on
            funds.area_code = mapped.area_code
            and funds.report_month = mapped.month
    where funds.is_current
    group by
        coalesce(mapped.mapped_area_code, 'unknown'),
        funds.report_month,
        funds.programme_code,
        funds.fund_source_code,
        fund_sources.is_fiscal
)

select * from final
