with spells as (
    select * from {{ ref('int_spells__numbered') }}
),

final as (
    select
        person_key,
        programme_code,
        spell_number,
        household_key,
        entry_date,
        exit_date,
        entry_month,
        last_month,
        exit_month,
        entry_reason_code,
        exit_reason_code,
        entry_hukou_area_code,
        entry_residence_area_code,
        last_hukou_area_code,
        last_residence_area_code,
        covered_month_count,
        is_entry_observed
    from spells
)

select * from final
