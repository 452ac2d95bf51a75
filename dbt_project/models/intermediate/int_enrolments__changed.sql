with enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

spells as (
    select * from {{ ref('int_spells__numbered') }}
),

areas as (
    select * from {{ ref('int_areas__described') }}
),

followed as (
    select
        enrolments.person_key,
        enrolments.programme_code,
        enrolments.month,
        programme_months.previous_roster_month as previous_month,
        before.hukou_area_code as from_hukou_area_code,
        before.residence_area_code as from_residence_area_code,
        enrolments.hukou_area_code as to_hukou_area_code,
        enrolments.residence_area_code as to_residence_area_code
    from enrolments
    inner join programme_months
        on
            enrolments.programme_code = programme_months.programme_code
            and enrolments.month = programme_months.month
            and programme_months.has_roster
    inner join enrolments as before
        on
            enrolments.person_key = before.person_key
            and enrolments.programme_code = before.programme_code
            and programme_months.previous_roster_month = before.month
),

stayed as (
    select
        person_key,
        programme_code,
        month,
        previous_month,
        'hukou' as basis_code,
        from_hukou_area_code as from_area_code,
        to_hukou_area_code as to_area_code
    from followed
    where from_hukou_area_code <> to_hukou_area_code
    union all
    select
        person_key,
        programme_code,
        month,
        previous_month,
        'resident' as basis_code,
        from_residence_area_code as from_area_code,
        to_residence_area_code as to_area_code
    from followed
    where from_residence_area_code <> to_residence_area_code
),

-- Nobody moves when a village is split or given another code.
moved as (
    select
        stayed.person_key,
        stayed.programme_code,
        stayed.month,
        stayed.previous_month,
        stayed.basis_code,
        case when from_areas.lineage_code = to_areas.lineage_code then 'redrawn' else 'moved' end as flow_code,
        cast(null as varchar) as reason_code,
        stayed.from_area_code,
        stayed.to_area_code
    from stayed
    inner join areas as from_areas
        on stayed.from_area_code = from_areas.area_code
    inner join areas as to_areas
        on stayed.to_area_code = to_areas.area_code
),

entered as (
    select
        spells.person_key,
        spells.programme_code,
        spells.entry_month as month,
        programme_months.previous_roster_month as previous_month,
        spells.entry_reason_code as reason_code,
        spells.entry_hukou_area_code as hukou_area_code,
        spells.entry_residence_area_code as residence_area_code
    from spells
    inner join programme_months
        on
            spells.programme_code = programme_months.programme_code
            and spells.entry_month = programme_months.month
    where spells.is_entry_observed
),

entries as (
    select
        person_key,
        programme_code,
        month,
        previous_month,
        'hukou' as basis_code,
        'entry' as flow_code,
        reason_code,
        cast(null as varchar) as from_area_code,
        hukou_area_code as to_area_code
    from entered
    union all
    select
        person_key,
        programme_code,
        month,
        previous_month,
        'resident' as basis_code,
        'entry' as flow_code,
        reason_code,
        cast(null as varchar) as from_area_code,
        residence_area_code as to_area_code
    from entered
),

exits as (
    select
        person_key,
        programme_code,
        exit_month as month,
        last_month as previous_month,
        'hukou' as basis_code,
        'exit' as flow_code,
        exit_reason_code as reason_code,
        last_hukou_area_code as from_area_code,
        cast(null as varchar) as to_area_code
    from spells
    where exit_month is not null
    union all
    select
        person_key,
        programme_code,
        exit_month as month,
        last_month as previous_month,
        'resident' as basis_code,
        'exit' as flow_code,
        exit_reason_code as reason_code,
        last_residence_area_code as from_area_code,
        cast(null as varchar) as to_area_code
    from spells
    where exit_month is not null
),

final as (
    select * from moved
    union all
    select * from entries
    union all
    select * from exits
)

select * from final
