with changes as (
    select * from {{ ref('int_enrolments__changed') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__placed') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

-- The roster before, under the codes of this month: a renamed or merged village keeps its people.
before as (
    select
        enrolments.area_code,
        enrolments.month,
        enrolments.programme_code,
        enrolments.basis_code,
        count(*) as recipients_count
    from enrolments
    group by enrolments.area_code, enrolments.month, enrolments.programme_code, enrolments.basis_code
),

started as (
    select
        ancestors.ancestor_area_code as area_code,
        programme_months.month,
        before.programme_code,
        before.basis_code,
        sum(before.recipients_count) as start_recipients_count
    from programme_months
    inner join before
        on
            programme_months.programme_code = before.programme_code
            and programme_months.previous_roster_month = before.month
    inner join mapped
        on
            before.area_code = mapped.area_code
            and programme_months.month = mapped.month
    inner join ancestors
        on mapped.mapped_area_code = ancestors.area_code
    where programme_months.has_roster
    group by ancestors.ancestor_area_code, programme_months.month, before.programme_code, before.basis_code
),

followed as (
    select
        changes.person_key,
        changes.programme_code,
        changes.month,
        changes.basis_code,
        changes.flow_code,
        changes.reason_code,
        changes.to_area_code,
        coalesce(mapped.mapped_area_code, changes.from_area_code) as from_area_code
    from changes
    left join mapped
        on
            changes.from_area_code = mapped.area_code
            and changes.month = mapped.month
),

arrived as (
    select
        followed.*,
        ancestors.ancestor_area_code as area_code
    from followed
    inner join ancestors
        on followed.to_area_code = ancestors.area_code
),

departed as (
    select
        followed.*,
        ancestors.ancestor_area_code as area_code
    from followed
    inner join ancestors
        on followed.from_area_code = ancestors.area_code
),

-- Who moves within an area neither comes nor goes.
legs as (
    select
        arrived.area_code,
        arrived.month,
        arrived.programme_code,
        arrived.basis_code,
        arrived.flow_code,
        arrived.reason_code,
        1 as direction
    from arrived
    left join departed
        on
            arrived.person_key = departed.person_key
            and arrived.programme_code = departed.programme_code
            and arrived.month = departed.month
            and arrived.basis_code = departed.basis_code
            and arrived.area_code = departed.area_code
    where departed.area_code is null
    union all
    select
        departed.area_code,
        departed.month,
        departed.programme_code,
        departed.basis_code,
        departed.flow_code,
        departed.reason_code,
        -1 as direction
    from departed
    left join arrived
        on
            departed.person_key = arrived.person_key
            and departed.programme_code = arrived.programme_code
            and departed.month = arrived.month
            and departed.basis_code = arrived.basis_code
            and departed.area_code = arrived.area_code
    where arrived.area_code is null
),

flows as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        sum(case when flow_code = 'entry' then 1 else 0 end) as entries_count,
        sum(case when flow_code = 'exit' then 1 else 0 end) as exits_count,
        {% for reason in exit_reasons() %}
            sum(case when flow_code = 'exit' and {{ exit_reason('reason_code') }} = '{{ reason }}' then 1 else 0 end)
                as exits_{{ reason }}_count,
        {% endfor %}
        sum(case when flow_code = 'moved' and direction = 1 then 1 else 0 end) as moved_in_count,
        sum(case when flow_code = 'moved' and direction = -1 then 1 else 0 end) as moved_out_count,
        sum(case when flow_code = 'redrawn' then direction else 0 end) as redrawn_count
    from legs
    group by area_code, month, programme_code, basis_code
),

-- An area may have stayed as it was, or have begun this month.
cells as (
    select
        area_code,
        month,
        programme_code,
        basis_code
    from started
    union
    select
        area_code,
        month,
        programme_code,
        basis_code
    from flows
),

final as (
    select
        cells.area_code,
        cells.month,
        cells.programme_code,
        cells.basis_code,
        cast(coalesce(started.start_recipients_count, 0) as bigint) as start_recipients_count,
    {% for measure in flow_measures() %}
        cast(coalesce(flows.{{ measure }}, 0) as bigint) as {{ measure }}{{ '' if loop.last else ',' }}
    {% endfor %}
    from cells
    left join started
        on
            cells.area_code = started.area_code
            and cells.month = started.month
            and cells.programme_code = started.programme_code
            and cells.basis_code = started.basis_code
    left join flows
        on
            cells.area_code = flows.area_code
            and cells.month = flows.month
            and cells.programme_code = flows.programme_code
            and cells.basis_code = flows.basis_code
)

select * from final
