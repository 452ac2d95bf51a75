with checks as (
    select * from {{ ref('int_checks__placed') }}
),

final as (
    select
        report_key,
        household_key,
        person_key,
        check_date as report_date,
        month,
        area_code,
        result_code as verification_result_code,
        is_conclusive,
        is_hit
    from checks
    where check_type = 'report'
)

select * from final
