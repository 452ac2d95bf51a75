with gathered as (
    {% for model in indicator_models() %}
        select
            area_code,
            month,
            programme_code,
            basis_code,
            indicator_code,
            numerator,
            denominator,
            persons_count
        from {{ ref(model) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

indicators as (
    select * from {{ ref('indicators') }}
),

areas as (
    select * from {{ ref('int_areas__described') }}
),

ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        gathered.month,
        gathered.programme_code,
        gathered.basis_code,
        gathered.indicator_code,
        {{ exact_sum('gathered.numerator') }} as numerator,
        {{ exact_sum('gathered.denominator') }} as denominator,
        cast(sum(gathered.persons_count) as bigint) as persons_count
    from gathered
    inner join ancestors
        on gathered.area_code = ancestors.area_code
    group by
        ancestors.ancestor_area_code,
        gathered.month,
        gathered.programme_code,
        gathered.basis_code,
        gathered.indicator_code
),

-- From the first month that has it on; a month in which no area has it is one whose feed is missing.
begun as (
    select
        programme_code,
        basis_code,
        indicator_code,
        min(month) as first_month
    from gathered
    group by programme_code, basis_code, indicator_code
),

fed as (
    select distinct
        month,
        programme_code,
        basis_code,
        indicator_code
    from gathered
),

-- Some feeds name a street and no village: below the finest level that was ever told there is no such number.
finest as (
    select
        gathered.indicator_code,
        min(areas.level_rank) as level_rank
    from gathered
    inner join areas
        on gathered.area_code = areas.area_code
    where areas.level_code <> 'special'
    group by gathered.indicator_code
),

spanned as (
    select
        areas.area_code,
        months.month,
        begun.programme_code,
        begun.basis_code,
        begun.indicator_code,
        fed.month is not null as has_feed
    from begun
    inner join months
        on begun.first_month <= months.month
    inner join finest
        on begun.indicator_code = finest.indicator_code
    inner join areas
        on
            areas.level_code <> 'special'
            and finest.level_rank <= areas.level_rank
            and months.month >= areas.valid_from_month
            and coalesce(months.month <= areas.valid_to_month, true)
    left join fed
        on
            months.month = fed.month
            and begun.programme_code = fed.programme_code
            and begun.basis_code = fed.basis_code
            and begun.indicator_code = fed.indicator_code
),

valued as (
    select
        spanned.area_code,
        spanned.month,
        spanned.programme_code,
        spanned.basis_code,
        spanned.indicator_code,
        indicators.interval_code,
        case when spanned.has_feed then coalesce(rolled.persons_count, 0) end as persons_count,
        case when spanned.has_feed then coalesce(rolled.numerator, 0) end as numerator,
        case when spanned.has_feed then coalesce(rolled.denominator, 0) end as denominator,
        rolled.numerator / nullif(rolled.denominator, 0) as value,
        case
            when not spanned.has_feed then 'no_data'
            when coalesce(rolled.denominator, 0) = 0 then 'not_applicable'
            when rolled.persons_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from spanned
    inner join indicators
        on spanned.indicator_code = indicators.indicator_code
    left join rolled
        on
            spanned.area_code = rolled.area_code
            and spanned.month = rolled.month
            and spanned.programme_code = rolled.programme_code
            and spanned.basis_code = rolled.basis_code
            and spanned.indicator_code = rolled.indicator_code
),

final as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        indicator_code,
        persons_count,
        numerator,
        denominator,
        value,
        case
            when interval_code = 'wilson' and denominator > 0
                then {{ wilson_low('value', 'denominator', cutoff('interval_z')) }}
        end as low,
        case
            when interval_code = 'wilson' and denominator > 0
                then {{ wilson_high('value', 'denominator', cutoff('interval_z')) }}
        end as high,
        status
    from valued
)

select * from final
