with recursive deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

run as (
    select * from {{ ref('stg_deliveries__run') }}
),

bounds as (
    select
        run.business_month,
        least(run.business_month, coalesce(min(deliveries.report_month), run.business_month)) as first_month
    from run
    left join deliveries
        -- Editions of the division table may be older than anything that is counted.
        on coalesce(deliveries.cadence_code, 'unknown') <> 'irregular'
    group by run.business_month
),

-- Every month, not only the reported ones: a month that nobody reported must be seen to be missing.
spanned as (
    select
        first_month as month,
        business_month
    from bounds
    union all
    select
        cast(month + interval 1 month as date) as month,
        business_month
    from spanned
    where month < business_month
),

final as (
    select
        month,
        month = business_month as is_business_month
    from spanned
)

select * from final
