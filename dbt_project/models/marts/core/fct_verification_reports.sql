with reports as (
    select * from {{ ref('stg_casework__verification_reports') }}
),

final as (
    select
        report_key,
        household_key,
        person_key,
        report_date,
        cast(date_trunc('month', report_date) as date) as month,
        verification_result_code
    from reports
    where is_current
)

select * from final
