with spells as (
    select * from {{ ref('int_spells__numbered') }}
),

graces as (
    select * from {{ ref('int_grace__spelled') }}
),

next_spells as (
    select
        *,
        lead(entry_month) over (partition by person_key, programme_code order by spell_number) as next_entry_month
    from spells
),

-- A suspension is no exit: the decision stands. 'unlisted' and the like are exits whose reason nobody has stated.
final as (
    select
        next_spells.person_key,
        next_spells.programme_code,
        next_spells.spell_number,
        next_spells.household_key,
        next_spells.exit_month,
        next_spells.exit_date,
        next_spells.exit_reason_code as reason_code,
        next_spells.last_hukou_area_code as hukou_area_code,
        next_spells.last_residence_area_code as residence_area_code,
        next_spells.last_month,
        graces.household_key is not null as is_after_grace,
        next_spells.next_entry_month as reentry_month,
        coalesce(
            {{ month_count('next_spells.exit_month', 'next_spells.next_entry_month') }}
            <= {{ parameter('reentry_months') }},
            false
        ) as is_reentry
    from next_spells
    left join graces
        on
            next_spells.household_key = graces.household_key
            and next_spells.programme_code = graces.programme_code
            and next_spells.last_month between graces.first_month and graces.last_month
    where next_spells.exit_month is not null and next_spells.exit_reason_code <> 'suspended'
)

select * from final
