{% set measures = [
    ('earning_households_count', 'bigint'), ('disregarded_households_count', 'bigint'),
    ('disregarded_persons_count', 'bigint'), ('wage_amount_yuan', 'decimal(18, 2)'),
    ('disregarded_amount_yuan', 'decimal(18, 2)'),
] -%}

with wages as (
    select * from {{ ref('fct_household_wages') }}
),

-- Of which programmes a household's wages are reckoned at all is said in the registry of indicators.
reckoned as (
    select programme_code
    from {{ ref('dim_programme_indicators') }}
    where indicator_code = 'wage_disregarded_share' and is_applicable
),

programme_months as (
    select *
    from {{ ref('fct_programme_months') }}
    where programme_code in (select reckoned.programme_code from reckoned)
),

deliveries as (
    select * from {{ ref('fct_deliveries') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

delivered as (
    {{ delivered_whole('wages', 'deliveries') }}
),

placed as (
    select
        'hukou' as basis_code,
        hukou_area_code as area_code,
        *
    from wages
    union all
    select
        'resident' as basis_code,
        residence_area_code as area_code,
        *
    from wages
),

rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        placed.month,
        placed.programme_code,
        placed.basis_code,
        count(*) as earning_households_count,
        sum(case when placed.disregarded_count > 0 then 1 else 0 end) as disregarded_households_count,
        sum(placed.disregarded_count) as disregarded_persons_count,
        sum(placed.wage_amount_yuan) as wage_amount_yuan,
        sum(placed.disregarded_amount_yuan) as disregarded_amount_yuan
    from placed
    inner join ancestors
        on placed.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, placed.month, placed.programme_code, placed.basis_code
),

spanned as (
    select
        areas.area_code,
        delivered.month,
        programme_months.programme_code,
        bases.basis_code,
        areas.level_code,
        delivered.has_feed and programme_months.has_roster and programme_months.has_household_roster as is_told
    from delivered
    inner join programme_months
        on delivered.month = programme_months.month
    inner join areas
        on
            delivered.month >= areas.valid_from_month
            and coalesce(delivered.month <= areas.valid_to_month, true)
    cross join (select distinct basis_code from {{ ref('basis_hukou_types') }}) as bases
),

counted as (
    select
        {% for measure, type in measures %}
            cast(case when spanned.is_told then coalesce(rolled.{{ measure }}, 0) end as {{ type }}) as {{ measure }},
        {% endfor %}
        spanned.*
    from spanned
    left join rolled
        on
            spanned.area_code = rolled.area_code
            and spanned.month = rolled.month
            and spanned.programme_code = rolled.programme_code
            and spanned.basis_code = rolled.basis_code
),

final as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        level_code,
        {% for measure, type in measures %}
            {{ measure }},
        {% endfor %}
        cast(disregarded_households_count as double) / nullif(earning_households_count, 0) as disregarded_share,
        case
            when not is_told then 'no_data'
            when level_code = 'special' or earning_households_count = 0 then 'not_applicable'
            when earning_households_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from counted
)

select * from final
