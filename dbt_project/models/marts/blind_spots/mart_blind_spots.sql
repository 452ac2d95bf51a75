{% set standings = ['open', 'active', 'pending', 'declined', 'rejected'] -%}

with persons as (
    select * from {{ ref('fct_blind_spots') }}
),

lists as (
    select * from {{ ref('fct_hardship_lists') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

area_months as (
    select
        area_code,
        month,
        basis_code,
        scope_area_code,
        population_count
    from {{ ref('fct_area_months') }}
    where programme_code = 'dibao'
),

told as (
    select
        month,
        count(*) as list_count,
        sum(case when is_told then 1 else 0 end) as told_list_count,
        {{ joined_text("case when not is_told then list_name end") }} as lists_not_counted
    from lists
    group by month
),

rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        persons.month,
        bases.basis_code,
        count(*) as listed_count,
        {% for standing in standings %}
            sum(case when persons.standing_code = '{{ standing }}' then 1 else 0 end) as {{ standing }}_count,
        {% endfor %}
        sum(case when persons.is_blind_spot and persons.source_count > 1 then 1 else 0 end) as several_sources_count
    from persons
    cross join (select distinct basis_code from {{ ref('basis_hukou_types') }}) as bases
    inner join ancestors
        on
            {{ area_on_basis('persons') }} = ancestors.area_code
    group by ancestors.ancestor_area_code, persons.month, bases.basis_code
),

counted as (
    select
        area_months.area_code,
        area_months.month,
        area_months.basis_code,
        areas.area_name,
        areas.level_code,
        areas.parent_area_code as prior_area_code,
        area_months.scope_area_code,
        area_months.population_count as denominator,
        told.list_count,
        told.told_list_count,
        told.lists_not_counted,
        case when told.told_list_count > 0 then coalesce(rolled.open_count, 0) end as numerator,
        rolled.listed_count,
        rolled.active_count,
        rolled.pending_count,
        rolled.declined_count,
        rolled.rejected_count,
        rolled.several_sources_count
    from area_months
    inner join areas
        on area_months.area_code = areas.area_code
    inner join told
        on area_months.month = told.month
    left join rolled
        on
            area_months.area_code = rolled.area_code
            and area_months.month = rolled.month
            and area_months.basis_code = rolled.basis_code
),

-- Villages shrink to their street, streets to their district: always to the area above.
cells as (
    select *
    from counted
    where scope_area_code <> area_code and prior_area_code is not null
),

smoothed as (
    select *
    from {{ smoothed_rates('cells', ['month', 'basis_code', 'level_code', 'scope_area_code']) }}
        as smoothed
),

scopes as (
    select
        area_code,
        month,
        basis_code,
        numerator / cast(nullif(denominator, 0) as double) as district_rate
    from counted
),

rated as (
    select
        counted.*,
        smoothed.smoothed_rate,
        scopes.district_rate,
        counted.numerator / cast(nullif(counted.denominator, 0) as double) as rate,
        case
            when counted.numerator is null then 'no_data'
            when counted.level_code = 'special' or coalesce(counted.denominator, 0) = 0 then 'not_applicable'
            when counted.denominator * scopes.district_rate < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from counted
    left join scopes
        on
            counted.scope_area_code = scopes.area_code
            and counted.month = scopes.month
            and counted.basis_code = scopes.basis_code
    left join smoothed
        on
            counted.area_code = smoothed.area_code
            and counted.month = smoothed.month
            and counted.basis_code = smoothed.basis_code
),

final as (
    select
        area_code,
        month,
        basis_code,
        area_name,
        level_code,
        {% set known = 'case when numerator is not null then cast(coalesce(' %}
        {{ known }}listed_count, 0) as bigint) end as listed_count,
        {{ known }}numerator, 0) as bigint) end as blind_spot_count,
        {{ known }}several_sources_count, 0) as bigint) end as several_sources_count,
        {{ known }}active_count, 0) as bigint) end as helped_count,
        {{ known }}pending_count, 0) as bigint) end as pending_count,
        {{ known }}declined_count, 0) as bigint) end as declined_count,
        {{ known }}rejected_count, 0) as bigint) end as rejected_count,
        denominator as population_count,
        {% set is_rated = "case when status in ('ok', 'small_sample') then 1000 *" %}
        {{ is_rated }} rate end as blind_spots_per_thousand,
        {{ is_rated }} {{ wilson_low('rate', 'denominator', cutoff('interval_z')) }} end as low_per_thousand,
        {{ is_rated }} {{ wilson_high('rate', 'denominator', cutoff('interval_z')) }} end as high_per_thousand,
        {{ is_rated }} smoothed_rate end as smoothed_per_thousand,
        {{ is_rated }} district_rate end as district_per_thousand,
        cast(told_list_count as bigint) as told_list_count,
        list_count,
        lists_not_counted,
        case when told_list_count < list_count then '≥' else '=' end as bound,
        status
    from rated
)

select * from final
