{% set measures = ['monitored', 'covered', 'left', 'uncovered', 'risk_removed'] -%}

with monitored as (
    select * from {{ ref('fct_poverty_monitoring') }}
),

layers as (
    select * from {{ ref('fct_layers') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

layer_months as (
    select distinct month
    from layers
),

fed as (
    select distinct month
    from monitored
),

begun as (
    select min(month) as month
    from fed
),

layered as (
    select
        monitored.month,
        monitored.hukou_area_code,
        monitored.residence_area_code,
        1 as monitored_count,
        case when layers.layer_code <> 'left' then 1 else 0 end as covered_count,
        case when layers.layer_code = 'left' then 1 else 0 end as left_count,
        case when layers.layer_code is null then 1 else 0 end as uncovered_count,
        case when monitored.is_risk_removed then 1 else 0 end as risk_removed_count
    from monitored
    left join layers
        on
            monitored.person_key = layers.person_key
            and monitored.month = layers.month
),

placed as (
    select
        'hukou' as basis_code,
        hukou_area_code as area_code,
        *
    from layered
    union all
    select
        'resident' as basis_code,
        residence_area_code as area_code,
        *
    from layered
),

rolled as (
    select
        {% for measure in measures %}
            sum(placed.{{ measure }}_count) as {{ measure }}_count,
        {% endfor %}
        ancestors.ancestor_area_code as area_code,
        placed.month,
        placed.basis_code
    from placed
    inner join ancestors
        on placed.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, placed.month, placed.basis_code
),

-- The list is of the ends of quarters.
spine as (
    select
        areas.area_code,
        areas.level_code,
        months.month,
        bases.basis_code,
        fed.month is not null and layer_months.month is not null as is_told
    from months
    inner join begun
        on
            months.month >= begun.month
            and mod({{ month_count('begun.month', 'months.month') }}, 3) = 0
    inner join areas
        on
            months.month >= areas.valid_from_month
            and coalesce(months.month <= areas.valid_to_month, true)
    cross join (select distinct basis_code from {{ ref('basis_hukou_types') }}) as bases
    left join fed
        on months.month = fed.month
    left join layer_months
        on months.month = layer_months.month
),

counted as (
    select
        {% for measure in measures %}
            cast(case when spine.is_told then coalesce(rolled.{{ measure }}_count, 0) end as bigint)
                as {{ measure }}_count,
        {% endfor %}
        spine.area_code,
        spine.month,
        spine.basis_code,
        spine.level_code
    from spine
    left join rolled
        on
            spine.area_code = rolled.area_code
            and spine.month = rolled.month
            and spine.basis_code = rolled.basis_code
),

final as (
    select
        area_code,
        month,
        basis_code,
        level_code,
        {% for measure in measures %}
            {{ measure }}_count,
        {% endfor %}
        cast(uncovered_count as double) / nullif(monitored_count, 0) as uncovered_share,
        case
            when monitored_count is null then 'no_data'
            when level_code = 'special' or monitored_count = 0 then 'not_applicable'
            when monitored_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from counted
)

select * from final
