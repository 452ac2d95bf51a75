with months as (
    select * from {{ ref('int_months__spanned') }}
),

final as (
    select
        month,
        last_day(month) as month_end_date,
        extract(year from month) || '年' || extract(month from month) || '月' as month_name,
        cast(extract(year from month) as bigint) as calendar_year,
        cast(extract(quarter from month) as bigint) as calendar_quarter,
        is_business_month
    from months
)

select * from final
