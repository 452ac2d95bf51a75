{#
Balance of a rate between areas, one row per group: the one implementation, for the marts, for the draws of chance and
for any table of a user (flows/balance.py renders it without dbt, so it uses nothing of dbt but `exact_sum`). `add` is how
doubles are summed; millions of drawn cells, which come in a fixed order, are spared the exact sum.

`cells` names a relation with the columns of `keys` (not null), `area_code` (unique in a group), `parent_area_code`,
`numerator` (total of what is counted, >= 0) and `denominator` (population at risk, the weight). A row without
numerator, or without a positive denominator, is left out of both sides.

y = numerator / denominator, mean = total numerator / total denominator, relative = y / mean, weight w = denominator /
total. Formulas: Theil 1967 (decomposition: Bourguignon 1979), Atkinson 1970, Gini as the covariance form over the
ordered areas, Hoover 1936. Where the mean is 0 every index is NULL; where a divisor is 0 a ratio is NULL; theil_l is
NULL when any y is 0.
#}
{% macro balance_indices(cells, keys, add=none) -%}
{%- set add = add or exact_sum %}
{%- set grouping = keys | join(', ') %}
(
    with areas as (
        select
            {{ grouping }},
            area_code,
            parent_area_code,
            cast(numerator as double) as events,
            cast(denominator as double) as population,
            cast(numerator as double) / cast(denominator as double) as rate
        from {{ cells }}
        where numerator is not null and denominator > 0
    ),

    totals as (
        select
            {{ grouping }},
            count(*) as areas_count,
            {{ add('events') }} as events,
            {{ add('population') }} as population,
            {{ add('rate') }} / count(*) as plain_mean
        from areas
        group by {{ grouping }}
    ),

    parents as (
        select
            {{ grouping }},
            parent_area_code,
            {{ add('events') }} / {{ add('population') }} as rate
        from areas
        group by {{ grouping }}, parent_area_code
    ),

    -- Relative to the mean, so that no size of a unit matters to the sums below.
    ordered as (
        select
            {% for key in keys %}
            areas.{{ key }},
            {% endfor %}
            areas.rate,
            totals.areas_count,
            totals.events as all_events,
            totals.population as all_population,
            totals.plain_mean,
            areas.rate * totals.population / nullif(totals.events, 0) as relative,
            areas.rate / nullif(totals.plain_mean, 0) as plain_relative,
            parents.rate * totals.population / nullif(totals.events, 0) as parent_relative,
            areas.population / totals.population as weight,
            sum(areas.population) over ordering / totals.population as weight_through,
            row_number() over ordering as position
        from areas
        inner join totals
            on
                {% for key in keys %}
                areas.{{ key }} = totals.{{ key }}{{ '' if loop.last else ' and' }}
                {% endfor %}
        left join parents
            on
                {% for key in keys %}
                areas.{{ key }} = parents.{{ key }} and
                {% endfor %}
                areas.parent_area_code = parents.parent_area_code
        window ordering as (
            partition by {% for key in keys %}areas.{{ key }}{{ '' if loop.last else ', ' }}{% endfor %}
            order by areas.rate, areas.area_code
            rows between unbounded preceding and current row
        )
    ),

    indices as (
        select
            {{ grouping }},
            max(areas_count) as areas_count,
            max(all_events) as numerator,
            max(all_population) as denominator,
            max(all_events) / max(all_population) as value,
            sqrt({{ add('weight * (relative - 1) * (relative - 1)') }}) as cv,
            sqrt({{ add('(plain_relative - 1) * (plain_relative - 1)') }} / max(areas_count)) as cv_unweighted,
            {{ add('weight * relative * (2 * weight_through - weight - 1)') }} as gini,
            {{ add('plain_relative * (2.0 * position - areas_count - 1)') }}
            / max(areas_count * areas_count) as gini_unweighted,
            {{ add('case when rate > 0 then weight * relative * ln(relative) else relative end') }} as theil_t,
            case
                when count(parent_relative) = count(*)
                    then {{ add('case when rate > 0 then weight * relative * ln(parent_relative) else 0 end') }}
            end as theil_t_between,
            case
                when count(parent_relative) = count(*)
                    then
                        {{ add('case when rate > 0 then weight * relative * ln(relative / parent_relative) else 0 end') }}
            end as theil_t_within,
            {{ add('case when rate > 0 then plain_relative * ln(plain_relative) else plain_relative end') }}
            / max(areas_count) as theil_t_unweighted,
            case
                when min(rate) > 0 then {{ add('case when rate > 0 then -weight * ln(relative) end') }}
            end as theil_l,
            case when max(rate) > 0 then sum(case when rate > 0 then 0 else 1 end) end as theil_l_zeros_count,
            1 - power({{ add('weight * sqrt(relative)') }}, 2) as atkinson_05,
            case
                when min(rate) > 0 then 1 - exp({{ add('case when rate > 0 then weight * ln(relative) end') }})
                when max(rate) > 0 then 1
            end as atkinson_1,
            0.5 * {{ add('weight * abs(relative - 1)') }} as hoover,
            max(rate) / nullif(min(rate), 0) as max_min,
            min(case when weight_through >= 0.9 then rate end)
            / nullif(min(case when weight_through >= 0.1 then rate end), 0) as p90_p10
        from ordered
        group by {{ grouping }}
    )

    select * from indices
)
{%- endmacro %}
