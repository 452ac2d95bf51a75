with exits as (
    select * from {{ ref('int_exits__followed') }}
),

final as (
    select
        person_key,
        programme_code,
        spell_number,
        household_key,
        exit_month,
        exit_date,
        reason_code,
        hukou_area_code,
        residence_area_code,
        last_month,
        reentry_month,
        is_after_grace,
        is_reentry
    from exits
)

select * from final
