with earned as (
    select * from {{ ref('int_households__earned') }}
),

final as (
    select
        household_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        cast(enrolled_count as bigint) as enrolled_count,
        disregarded_count,
        wage_amount_yuan,
        disregarded_amount_yuan,
        declared_income_yuan,
        line_amount_yuan,
        is_above_line,
        is_above_by_wages_alone
    from earned
)

select * from final
