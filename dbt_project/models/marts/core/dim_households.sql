with households as (
    select * from {{ ref('int_households__collected') }}
),

final as (
    select
        household_key,
        head_person_key,
        hukou_area_code,
        residence_area_code,
        member_count,
        first_covered_month,
        last_covered_month
    from households
)

select * from final
