with enrolments as (
    select * from {{ ref('fct_enrolments') }}
),

programme_months as (
    select * from {{ ref('fct_programme_months') }}
),

grants as (
    select * from {{ ref('fct_temporary_assistance') }}
),

area_months as (
    select * from {{ ref('fct_area_months') }}
),

population as (
    select * from {{ ref('fct_population') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

programmes as (
    select * from {{ ref('dim_programmes') }}
),

cells as (
    select
        hukou_area_code,
        residence_area_code,
        programme_code,
        month,
        count(*) as recipients_count
    from enrolments
    group by hukou_area_code, residence_area_code, programme_code, month
),

-- Away from an area is who is registered below it and lives below another: a move inside a street is none of it.
registered as (
    select
        ancestors.ancestor_area_code as area_code,
        cells.programme_code,
        cells.month,
        sum(cells.recipients_count) as registered_count,
        sum(case when homes.area_code is null then cells.recipients_count else 0 end) as away_count
    from cells
    inner join ancestors
        on cells.hukou_area_code = ancestors.area_code
    left join ancestors as homes
        on
            cells.residence_area_code = homes.area_code
            and ancestors.ancestor_area_code = homes.ancestor_area_code
    group by ancestors.ancestor_area_code, cells.programme_code, cells.month
),

resident as (
    select
        ancestors.ancestor_area_code as area_code,
        cells.programme_code,
        cells.month,
        sum(cells.recipients_count) as resident_count,
        sum(case when origins.area_code is null then cells.recipients_count else 0 end) as incoming_count,
        sum(case when cells.hukou_area_code in ('outside', 'unknown') then cells.recipients_count else 0 end)
            as from_outside_count
    from cells
    inner join ancestors
        on cells.residence_area_code = ancestors.area_code
    left join ancestors as origins
        on
            cells.hukou_area_code = origins.area_code
            and ancestors.ancestor_area_code = origins.ancestor_area_code
    group by ancestors.ancestor_area_code, cells.programme_code, cells.month
),

-- Who has no claim here may still be helped once: the way that is open to people from outside.
helped as (
    select
        ancestors.ancestor_area_code as area_code,
        months.month,
        count(distinct case when grants.hukou_area_code in ('outside', 'unknown') then grants.person_key end)
            as helped_outsiders_count,
        count(distinct case when grants.hukou_area_code not in ('outside', 'unknown') then grants.person_key end)
            as helped_registered_count
    from grants
    inner join ancestors
        on grants.residence_area_code = ancestors.area_code
    inner join (select distinct month from programme_months) as months
        on
            grants.month <= months.month
            and {{ months_after('grants.month', cutoff('window_months')) }} > months.month
    group by ancestors.ancestor_area_code, months.month
),

quarters as (
    select
        months.month,
        max(population.month) as population_month
    from (select distinct month from programme_months) as months
    inner join population
        on months.month >= population.month
    group by months.month
),

peopled as (
    select
        ancestors.ancestor_area_code as area_code,
        quarters.month,
        sum(case when population.hukou_type_code = 'away' then population.population_count else 0 end)
            as population_away_count,
        sum(case when population.hukou_type_code = 'incoming' then population.population_count else 0 end)
            as population_incoming_count,
        sum(case when population.hukou_type_code = 'local' then population.population_count else 0 end)
            as population_local_count
    from quarters
    inner join population
        on quarters.population_month = population.month
    inner join ancestors
        on population.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, quarters.month
),

final as (
    select
        area_months.area_code,
        area_months.month,
        area_months.programme_code,
        areas.area_name,
        areas.level_code,
        areas.parent_area_name as parent_name,
        programmes.programme_name,
        {% for measure, told in [
            ('registered.registered_count', 'registered_recipients_count'),
            ('resident.resident_count', 'resident_recipients_count'),
            ('registered.away_count', 'away_recipients_count'),
            ('resident.incoming_count', 'incoming_recipients_count'),
            ('resident.from_outside_count', 'outside_recipients_count'),
        ] %}
            case when area_months.recipients_count is not null then cast(coalesce({{ measure }}, 0) as bigint) end
                as {{ told }},
        {% endfor %}
        cast(peopled.population_local_count as bigint) as population_local_count,
        cast(peopled.population_away_count as bigint) as population_away_count,
        cast(peopled.population_incoming_count as bigint) as population_incoming_count,
        cast(coalesce(helped.helped_outsiders_count, 0) as bigint) as helped_outsiders_persons_count,
        cast(coalesce(helped.helped_registered_count, 0) as bigint) as helped_registered_persons_count,
        coalesce(helped.helped_outsiders_count, 0) / cast(nullif(peopled.population_incoming_count, 0) as double)
            as outsiders_access_ratio,
        coalesce(helped.helped_registered_count, 0) / cast(nullif(peopled.population_local_count, 0) as double)
            as registered_access_ratio,
        case
            when area_months.recipients_count is null then 'no_data'
            when areas.level_code = 'special' then 'not_applicable'
            when peopled.population_local_count is null then 'no_data'
            when
                coalesce(registered.registered_count, 0) + coalesce(resident.incoming_count, 0)
                < {{ cutoff('small_expected_count') }}
                then 'small_sample'
            else 'ok'
        end as status
    from area_months
    inner join areas
        on area_months.area_code = areas.area_code
    inner join programmes
        on area_months.programme_code = programmes.programme_code
    left join registered
        on
            area_months.area_code = registered.area_code
            and area_months.month = registered.month
            and area_months.programme_code = registered.programme_code
    left join resident
        on
            area_months.area_code = resident.area_code
            and area_months.month = resident.month
            and area_months.programme_code = resident.programme_code
    left join helped
        on
            area_months.area_code = helped.area_code
            and area_months.month = helped.month
    left join peopled
        on
            area_months.area_code = peopled.area_code
            and area_months.month = peopled.month
    where area_months.basis_code = 'hukou'
)

select * from final
