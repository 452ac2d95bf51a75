with days as (
    select * from {{ ref('int_days__numbered') }}
),

final as (
    select
        calendar_date,
        month,
        holiday_name,
        is_working_day,
        day_number,
        working_day_number
    from days
)

select * from final
