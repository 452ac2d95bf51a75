with indicator_values as (
    select * from {{ ref('mart_indicators') }}
),

coverage as (
    select * from {{ ref('mart_coverage') }}
),

adequacy as (
    select * from {{ ref('mart_adequacy') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

area_codes as (
    select * from {{ ref('dim_area_codes') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

programmes as (
    select * from {{ ref('dim_programmes') }}
),

indicators as (
    select * from {{ ref('dim_indicators') }}
),

codes as (
    select * from {{ ref('dim_codes') }}
),

t_quantiles as (
    select * from {{ ref('t_quantiles') }}
),

-- A series runs under today's code, so that a renamed village keeps it; villages that merged have none of their own.
current_codes as (
    select
        area_codes.area_code,
        area_codes.mapped_area_code as current_area_code
    from area_codes
    inner join months
        on area_codes.month = months.month
    where months.is_business_month
),

series as (
    select
        min(indicator_values.area_code) as area_code,
        indicator_values.month,
        indicator_values.programme_code,
        indicator_values.basis_code,
        indicator_values.indicator_code,
        -- Twelve digits: what is constant must not be seen to rise by the last one.
        round(
            {{ exact_sum('indicator_values.numerator') }}
            / nullif({{ exact_sum('indicator_values.denominator') }}, 0),
            12
        ) as value,
        count(*) as area_count,
        -- Numbers instead of names: each month is joined with a whole year.
        dense_rank() over (
            order by
                current_codes.current_area_code,
                indicator_values.programme_code,
                indicator_values.basis_code,
                indicator_values.indicator_code
        ) as series_number,
        cast(extract(year from indicator_values.month) * 12 + extract(month from indicator_values.month) as bigint)
            as position
    from indicator_values
    inner join current_codes
        on indicator_values.area_code = current_codes.area_code
    where indicator_values.status in ('ok', 'small_sample')
    group by
        current_codes.current_area_code,
        indicator_values.month,
        indicator_values.programme_code,
        indicator_values.basis_code,
        indicator_values.indicator_code
),

paired as (
    select
        later.series_number,
        later.position,
        cast(earlier.position - later.position as double) as distance,
        earlier.value - later.value as difference
    from series as later
    inner join series as earlier
        on
            later.series_number = earlier.series_number
            and later.position >= earlier.position
            and earlier.position > later.position - {{ cutoff('trend_months') }}
),

summed as (
    select
        series_number,
        position,
        count(*) as month_count,
        sum(distance * distance) - sum(distance) * sum(distance) / count(*) as sxx,
        {{ exact_sum('distance * difference') }} - sum(distance) * {{ exact_sum('difference') }} / count(*) as sxy,
        {{ exact_sum('difference * difference') }} - power({{ exact_sum('difference') }}, 2) / count(*) as syy
    from paired
    group by series_number, position
    having count(*) >= {{ cutoff('trend_fewest_months') }}
),

-- Ordinary least squares over the months; the interval is that of Student's t with two degrees lost.
fitted as (
    select
        series_number,
        position,
        month_count,
        sxy / sxx as slope,
        sqrt(greatest(syy - sxy * sxy / sxx, 0) / (month_count - 2) / sxx) as slope_error
    from summed
),

trended as (
    select
        series.area_code,
        series.month,
        series.programme_code,
        series.basis_code,
        series.indicator_code,
        fitted.slope,
        fitted.slope - t_quantiles.t_975 * fitted.slope_error as slope_low,
        fitted.slope + t_quantiles.t_975 * fitted.slope_error as slope_high
    from series
    inner join fitted
        on
            series.series_number = fitted.series_number
            and series.position = fitted.position
    inner join t_quantiles
        on fitted.month_count - 2 = t_quantiles.degrees_of_freedom
    where series.area_count = 1
),

-- Only what has a value, and of that only what orders it: sorting whole rows took a third of this table's time.
ranked as (
    select
        indicator_values.area_code,
        indicator_values.month,
        indicator_values.programme_code,
        indicator_values.basis_code,
        indicator_values.indicator_code,
        rank() over (
            partition by
                areas.scope_area_code,
                indicator_values.level_code,
                indicator_values.month,
                indicator_values.programme_code,
                indicator_values.basis_code,
                indicator_values.indicator_code
            order by indicator_values.value desc
        ) as place
    from indicator_values
    inner join areas
        on indicator_values.area_code = areas.area_code
    where indicator_values.level_code <> 'special' and indicator_values.value is not null
),

valued as (
    select
        indicator_values.*,
        areas.area_name,
        areas.level_name,
        areas.level_rank,
        areas.parent_area_code,
        areas.parent_area_name,
        areas.scope_area_code,
        scopes.value as district_value,
        coverage.population_count,
        coverage.expected_recipients_count,
        coverage.funnel_code,
        adequacy.top_up_yuan as district_top_up_yuan,
        indicators.indicator_name,
        indicators.unit,
        indicators.gap_unit,
        indicators.sort_order
    from indicator_values
    inner join indicators
        on indicator_values.indicator_code = indicators.indicator_code
    inner join areas
        on indicator_values.area_code = areas.area_code
    left join indicator_values as scopes
        on
            areas.scope_area_code = scopes.area_code
            and indicator_values.month = scopes.month
            and indicator_values.programme_code = scopes.programme_code
            and indicator_values.basis_code = scopes.basis_code
            and indicator_values.indicator_code = scopes.indicator_code
    left join coverage
        on
            indicator_values.area_code = coverage.area_code
            and indicator_values.month = coverage.month
            and indicator_values.programme_code = coverage.programme_code
            and indicator_values.basis_code = coverage.basis_code
    left join adequacy
        on
            areas.scope_area_code = adequacy.area_code
            and indicator_values.month = adequacy.month
            and indicator_values.programme_code = adequacy.programme_code
            and indicator_values.basis_code = adequacy.basis_code
    where indicator_values.level_code <> 'special'
),

gapped as (
    select
        *,
        value - district_value as gap,
        case
            when gap_unit = 'persons' and value is not null and district_value is not null
                then greatest(0, (district_value - value) * denominator)
        end as gap_persons,
        case
            when
                indicator_code in ('coverage', 'coverage_adjusted')
                and value is not null
                and expected_recipients_count is not null
                then greatest(0, expected_recipients_count - numerator)
        end as gap_expected_persons
    from valued
),

final as (
    select
        gapped.area_code,
        gapped.month,
        gapped.programme_code,
        gapped.basis_code,
        gapped.indicator_code,
        gapped.area_name,
        gapped.level_code,
        gapped.level_name,
        gapped.parent_area_code,
        gapped.parent_area_name as parent_name,
        programmes.programme_name,
        codes.code_name as basis_name,
        gapped.indicator_name,
        gapped.unit,
        gapped.value,
        gapped.numerator,
        gapped.denominator,
        gapped.low,
        gapped.high,
        gapped.smoothed_value,
        gapped.district_value,
        gapped.gap,
        gapped.gap_persons,
        case
            when gapped.gap_unit = 'persons' then gapped.gap_persons * gapped.district_top_up_yuan
            when gapped.gap_unit = '元' and gapped.value is not null and gapped.district_value is not null
                then greatest(0, (gapped.district_value - gapped.value) * gapped.denominator)
        end as gap_yuan,
        case when gapped.indicator_code = 'coverage' then gapped.expected_recipients_count / gapped.denominator end
            as expected_value,
        gapped.gap_expected_persons,
        gapped.gap_expected_persons * gapped.district_top_up_yuan as gap_expected_yuan,
        cast(ranked.place as bigint) as rank,
        case when gapped.indicator_code = 'coverage' then gapped.funnel_code end as funnel_code,
        trended.slope as trend,
        trended.slope_low as trend_low,
        trended.slope_high as trend_high,
        case
            when trended.slope_low > 0 then 'rising'
            when trended.slope_high < 0 then 'falling'
            when trended.slope is not null then 'steady'
        end as trend_code,
        gapped.status
    from gapped
    inner join programmes
        on gapped.programme_code = programmes.programme_code
    inner join codes
        on
            gapped.basis_code = codes.code
            and codes.code_type = 'basis_code'
    {% for relation in ['ranked', 'trended'] %}
        left join {{ relation }}
            on
                gapped.area_code = {{ relation }}.area_code
                and gapped.month = {{ relation }}.month
                and gapped.programme_code = {{ relation }}.programme_code
                and gapped.basis_code = {{ relation }}.basis_code
                and gapped.indicator_code = {{ relation }}.indicator_code
    {% endfor %}
)

select * from final
