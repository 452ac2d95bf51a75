{#
Empirical-Bayes rates of areas (Marshall 1991, global within each prior group, the variance pooled over the groups of a
pool). `cells` names a relation with the columns of `pool` (not null), `area_code`, `prior_area_code` (the group whose
rate an area is shrunk to), `numerator` and `denominator`.

m = total numerator / total denominator of the group; A = between-area variance beyond chance, pooled and clipped at 0;
c = A / (A + m / p); smoothed = c * rate + (1 - c) * m. A + m / p = 0 gives m. An area without a denominator has no rate
and takes no part.
#}
{% macro smoothed_rates(cells, pool) -%}
{%- set pooling = pool | join(', ') %}
(
    with areas as (
        select
            {{ pooling }},
            area_code,
            prior_area_code,
            cast(numerator as double) as events,
            cast(denominator as double) as population,
            cast(numerator as double) / cast(denominator as double) as rate
        from {{ cells }}
        where numerator is not null and denominator > 0
    ),

    grouped as (
        select
            *,
            sum(events) over (partition by {{ pooling }}, prior_area_code)
            / sum(population) over (partition by {{ pooling }}, prior_area_code) as prior_rate
        from areas
    ),

    -- Chance alone makes population * (rate - prior)^2 as large as the prior rate, on average.
    pooled as (
        select
            {{ pooling }},
            greatest(
                {{ exact_sum('population * (rate - prior_rate) * (rate - prior_rate) - prior_rate') }} / sum(population), 0
            ) as variance
        from grouped
        group by {{ pooling }}
    ),

    varied as (
        select
            grouped.*,
            pooled.variance
        from grouped
        inner join pooled
            on
                {% for key in pool %}
                grouped.{{ key }} = pooled.{{ key }}{{ '' if loop.last else ' and' }}
                {% endfor %}
    ),

    final as (
        select
            {{ pooling }},
            area_code,
            prior_rate,
            variance,
            case
                when variance + prior_rate / population = 0 then prior_rate
                else
                    variance / (variance + prior_rate / population) * rate
                    + (prior_rate / population) / (variance + prior_rate / population) * prior_rate
            end as smoothed_rate
        from varied
    )

    select * from final
)
{%- endmacro %}
