with indices as (
    select * from {{ ref('int_balance__draw_indices') }}
),

slopes as (
    select * from {{ ref('int_balance__draw_slopes') }}
),

populated as (
    select * from {{ ref('int_balance__populated') }}
),

levels as (
    select * from {{ ref('levels') }}
),

groups as (
    select distinct
        draw_group,
        scope_area_code,
        month,
        programme_code,
        basis_code
    from populated
),

final as (
    select
        groups.scope_area_code,
        levels.level_code,
        groups.month,
        groups.programme_code,
        groups.basis_code,
        case indices.indicator_number
            {% for indicator, numerator, denominator, weight in balance_measures() %}
                when {{ loop.index }} then '{{ indicator }}'
            {% endfor %}
        end as indicator_code,
        indices.is_own,
        indices.draw_number,
        {% for index in balance_index_names() %}
            indices.{{ index }},
        {% endfor %}
        slopes.unchanged_slope
    from indices
    inner join groups
        on indices.draw_group = groups.draw_group
    inner join levels
        on indices.level_rank = levels.level_rank
    left join slopes
        on
            indices.is_own
            and indices.draw_group = slopes.draw_group
            and indices.draw_number = slopes.draw_number
            and indices.level_rank = slopes.level_rank
            and indices.indicator_number = slopes.indicator_number
)

select * from final
