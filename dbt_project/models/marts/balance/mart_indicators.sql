{% set sources = {
    'coverage': ('mart_coverage', 'recipients_count', 'population_count', 'rate', 'low', 'high', 'smoothed_rate'),
    'coverage_adjusted': (
        'mart_coverage', 'recipients_count', 'expected_recipients_count', 'observed_expected_ratio',
        'low * population_count / nullif(expected_recipients_count, 0)',
        'high * population_count / nullif(expected_recipients_count, 0)',
        'smoothed_rate * population_count / nullif(expected_recipients_count, 0)',
    ),
    'spend_per_head': (
        'mart_adequacy', 'spend_amount_yuan', 'population_count', 'spend_per_head_yuan',
        'spend_per_head_low_yuan', 'spend_per_head_high_yuan', 'null',
    ),
    'spend_per_recipient': (
        'mart_adequacy', 'spend_amount_yuan', 'recipients_count', 'spend_per_recipient_yuan',
        'spend_per_recipient_low_yuan', 'spend_per_recipient_high_yuan', 'null',
    ),
    'top_up': (
        'mart_adequacy', 'entitlement_amount_yuan', 'recipients_count', 'top_up_yuan',
        'top_up_low_yuan', 'top_up_high_yuan', 'null',
    ),
} -%}

with programme_indicators as (
    select * from {{ ref('dim_programme_indicators') }}
),

coverage as (
    select * from {{ ref('mart_coverage') }}
),

adequacy as (
    select * from {{ ref('mart_adequacy') }}
),

others as (
    select * from {{ ref('fct_indicators') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

measured as (
    {% for indicator, (mart, numerator, denominator, value, low, high, smoothed) in sources.items() %}
        select
            area_code,
            month,
            programme_code,
            basis_code,
            '{{ indicator }}' as indicator_code,
            level_code,
            recipients_count,
            cast({{ numerator }} as double) as numerator,
            cast({{ denominator }} as double) as denominator,
            cast({{ value }} as double) as value,
            cast({{ low }} as double) as low,
            cast({{ high }} as double) as high,
            cast({{ smoothed }} as double) as smoothed_value,
            status
        from {{ mart[5:] }}
        union all
    {% endfor %}
    select
        others.area_code,
        others.month,
        others.programme_code,
        others.basis_code,
        others.indicator_code,
        areas.level_code,
        others.persons_count as recipients_count,
        others.numerator,
        others.denominator,
        others.value,
        others.low,
        others.high,
        null as smoothed_value,
        others.status
    from others
    inner join areas
        on others.area_code = areas.area_code
),

-- How shaky a number is depends on how many persons it rests on: of yuan those who get them, of a rate those expected.
judged as (
    select
        measured.*,
        coalesce(programme_indicators.is_applicable, false) as is_applicable,
        case
            when measured.status = 'no_data' then 'no_data'
            when not coalesce(programme_indicators.is_applicable, false) then 'not_applicable'
            when measured.level_code = 'special' then 'not_applicable'
            when measured.numerator is null or measured.denominator is null then 'no_data'
            when measured.denominator = 0 then 'not_applicable'
            when measured.status = 'small_sample' then 'small_sample'
            else 'ok'
        end as indicator_status
    from measured
    left join programme_indicators
        on
            measured.programme_code = programme_indicators.programme_code
            and measured.indicator_code = programme_indicators.indicator_code
),

final as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        indicator_code,
        level_code,
        case when is_applicable then recipients_count end as recipients_count,
        case when is_applicable then numerator end as numerator,
        case when is_applicable then denominator end as denominator,
        case when indicator_status in ('ok', 'small_sample') then value end as value,
        case when indicator_status in ('ok', 'small_sample') then low end as low,
        case when indicator_status in ('ok', 'small_sample') then high end as high,
        case when indicator_status in ('ok', 'small_sample') then smoothed_value end as smoothed_value,
        indicator_status as status
    from judged
)

select * from final
