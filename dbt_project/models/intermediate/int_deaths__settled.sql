with deaths as (
    select * from {{ ref('stg_deaths__deaths') }}
),

death_sources as (
    select * from {{ ref('death_sources') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

-- The last telling of each source: what a corrected file no longer says is not told any more.
told as (
    select
        deaths.*,
        coalesce(death_sources.death_source_name, deaths.extract_name) as death_source_name,
        row_number() over (
            partition by deaths.person_key, deaths.department_code, deaths.extract_name
            order by
                deaths.report_month desc,
                deaths.delivery_sequence desc,
                deaths.source_sheet desc,
                deaths.source_row_number desc
        ) as recency,
        death_sources.priority_rank
    from deaths
    left join death_sources
        on deaths.extract_name = death_sources.extract_name
    where deaths.is_latest_version
),

-- A source that nobody has ranked comes last.
ranked as (
    select
        *,
        row_number() over (
            partition by person_key
            order by priority_rank nulls last, department_code, extract_name
        ) as choice,
        row_number() over (
            partition by person_key
            order by
                case when hukou_area_code is null then 1 else 0 end,
                priority_rank nulls last,
                department_code,
                extract_name
        ) as place_choice
    from told
    where recency = 1
),

summed as (
    select
        person_key,
        {{ joined_text('death_source_name') }} as source_names,
        count(*) as source_count,
        min(death_date) as earliest_death_date,
        max(death_date) as latest_death_date,
        max(case when place_choice = 1 then hukou_area_code end) as hukou_area_code,
        max(case when place_choice = 1 then report_month end) as place_month
    from ranked
    group by person_key
),

final as (
    select
        ranked.person_key,
        ranked.death_date,
        cast(date_trunc('month', ranked.death_date) as date) as death_month,
        ranked.registered_date,
        coalesce(mapped.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(ranked.id_status_code, 'missing') as id_status_code,
        ranked.death_source_name,
        summed.source_names,
        cast(summed.source_count as bigint) as source_count,
        cast({{ day_count('summed.earliest_death_date', 'summed.latest_death_date') }} as bigint) as days_apart_count
    from ranked
    inner join summed
        on ranked.person_key = summed.person_key
    left join mapped
        on
            summed.hukou_area_code = mapped.area_code
            and summed.place_month = mapped.month
    where ranked.choice = 1
)

select * from final
