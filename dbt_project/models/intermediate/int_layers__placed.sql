with enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

spells as (
    select * from {{ ref('int_spells__numbered') }}
),

deaths as (
    select * from {{ ref('int_deaths__settled') }}
),

layers as (
    select * from {{ ref('layers') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

-- Where one roster is missing nobody can be said to have left: the whole month is no_data.
complete as (
    select
        programme_months.month,
        lag(programme_months.month) over (order by programme_months.month) as previous_month,
        lead(programme_months.month) over (order by programme_months.month) as next_month
    from programme_months
    inner join layers
        on programme_months.programme_code = layers.programme_code
    group by programme_months.month
    having bool_and(programme_months.has_roster)
),

ranked as (
    select
        enrolments.person_key,
        enrolments.month,
        enrolments.programme_code,
        enrolments.hukou_area_code,
        enrolments.residence_area_code,
        layers.layer_code,
        complete.previous_month,
        complete.next_month,
        row_number() over (
            partition by enrolments.person_key, enrolments.month
            order by layers.layer_rank
        ) as choice
    from enrolments
    inner join complete
        on enrolments.month = complete.month
    inner join layers
        on enrolments.programme_code = layers.programme_code
),

enrolled as (
    select
        *,
        lead(month) over (partition by person_key order by month) as next_enrolled_month
    from ranked
    where choice = 1
),

died as (
    select
        person_key,
        min(death_month) as death_month
    from (
        select
            person_key,
            death_month
        from deaths
        union all
        select
            person_key,
            exit_month as death_month
        from spells
        where exit_reason_code = 'death'
    ) as told
    group by person_key
),

-- Who is on no roster any more is watched on, where they were last, until the time is up or they die.
watched as (
    select
        enrolled.person_key,
        complete.month,
        complete.previous_month,
        'left' as layer_code,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        enrolled.month as last_enrolled_month
    from enrolled
    inner join complete
        on
            enrolled.month < complete.month
            and coalesce(enrolled.next_enrolled_month > complete.month, true)
            and {{ month_count('enrolled.month', 'complete.month') }} <= {{ cutoff('left_watch_months') }}
    left join died
        on
            enrolled.person_key = died.person_key
            and complete.month >= died.death_month
    left join mapped as hukou
        on
            enrolled.hukou_area_code = hukou.area_code
            and complete.month = hukou.month
    left join mapped as residence
        on
            enrolled.residence_area_code = residence.area_code
            and complete.month = residence.month
    where
        enrolled.next_month is not null
        and enrolled.next_enrolled_month is distinct from enrolled.next_month
        and died.person_key is null
),

final as (
    select
        person_key,
        month,
        previous_month,
        layer_code,
        hukou_area_code,
        residence_area_code,
        month as last_enrolled_month
    from enrolled
    union all
    select
        person_key,
        month,
        previous_month,
        layer_code,
        hukou_area_code,
        residence_area_code,
        last_enrolled_month
    from watched
)

select * from final
