with levelled as (
    select * from {{ ref('int_balance__levelled') }}
),

populated as (
    select * from {{ ref('int_balance__populated') }}
),

programme_indicators as (
    select * from {{ ref('programme_indicators') }}
),

groups as (
    select distinct
        draw_group,
        weight_code,
        programme_code
    from populated
),

measured as (
    {% for indicator, numerator, denominator, weight in balance_measures() %}
        select
            levelled.draw_group,
            levelled.is_own,
            levelled.draw_number,
            levelled.level_rank,
            {{ loop.index }} as indicator_number,
            levelled.area_number,
            levelled.parent_area_number,
            levelled.{{ numerator }} as numerator,
            levelled.{{ denominator if denominator == 'recipients_count' else 'weight_count' }} as denominator
        from levelled
        inner join groups
            on
                levelled.draw_group = groups.draw_group
                and groups.weight_code = '{{ weight }}'
        inner join programme_indicators
            on
                groups.programme_code = programme_indicators.programme_code
                and programme_indicators.indicator_code = '{{ indicator }}'
                and programme_indicators.is_applicable
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select * from measured
)

select * from final
