with checks as (
    select * from {{ ref('int_checks__placed') }}
),

final as (
    select
        household_key,
        check_date as visit_date,
        month,
        area_code,
        result_code as visit_result_code,
        is_conclusive,
        is_hit
    from checks
    where check_type = 'visit'
)

select * from final
