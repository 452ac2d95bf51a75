{#
Balance of a rate between areas, one row per group: the one implementation, for the marts, for the draws of chance and
for any table of a user (flows/balance.py renders it without dbt, so it uses nothing of dbt).

`cells` names a relation with the columns of `keys` (not null), `area_code` (unique in a group), `parent_area_code`,
`numerator` (total of what is counted, >= 0) and `denominator` (population at risk, the weight). A row without
numerator, or without a positive denominator, is left out of both sides.

y = numerator / denominator, w = denominator / total, mean = total numerator / total denominator. Formulas: Theil 1967
(decomposition: Bourguignon 1979), Atkinson 1970, Gini as the covariance form over the ordered areas, Hoover 1936.
Where the mean is 0 every index is NULL; where a divisor is 0 a ratio is NULL; theil_l is NULL when any y is 0.
#}
{% macro balance_indices(cells, keys) -%}
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
            sum(events) as events,
            sum(population) as population,
            sum(events) / sum(population) as mean,
            avg(rate) as plain_mean
        from areas
        group by {{ grouping }}
    ),

    parents as (
        select
            {{ grouping }},
            parent_area_code,
            sum(events) as events,
            sum(population) as population
        from areas
        group by {{ grouping }}, parent_area_code
    ),

    ordered as (
        select
            {% for key in keys %}
            areas.{{ key }},
            {% endfor %}
            areas.events,
            areas.population,
            areas.rate,
            totals.areas_count,
            totals.events as all_events,
            totals.population as all_population,
            totals.mean,
            totals.plain_mean,
            areas.population / totals.population as weight,
            parents.events / parents.population as parent_rate,
            sum(areas.population) over ordering as population_through,
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
            partition by {% for key in keys %}areas.{{ key }}, {% endfor %}true
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
            max(mean) as value,
            sqrt(sum(weight * (rate - mean) * (rate - mean))) / max(nullif(mean, 0)) as cv,
            sqrt(avg((rate - plain_mean) * (rate - plain_mean))) / max(nullif(plain_mean, 0)) as cv_unweighted,
            sum(weight * rate * (2 * population_through / all_population - weight - 1))
            / max(nullif(mean, 0)) as gini,
            sum(rate * (2.0 * position - areas_count - 1))
            / max(areas_count * areas_count * nullif(plain_mean, 0)) as gini_unweighted,
            sum(case when rate > 0 then weight * rate * ln(rate / mean) else 0 end)
            / max(nullif(mean, 0)) as theil_t,
            case
                when count(parent_rate) = count(*)
                    then
                        sum(case when rate > 0 then weight * rate * ln(parent_rate / mean) else 0 end)
                        / max(nullif(mean, 0))
            end as theil_t_between,
            case
                when count(parent_rate) = count(*)
                    then
                        sum(case when rate > 0 then weight * rate * ln(rate / parent_rate) else 0 end)
                        / max(nullif(mean, 0))
            end as theil_t_within,
            sum(case when rate > 0 then rate * ln(rate / plain_mean) else 0 end)
            / max(areas_count * nullif(plain_mean, 0)) as theil_t_unweighted,
            case
                when min(rate) > 0
                    then sum(weight * ln(case when rate > 0 then mean / rate end))
            end as theil_l,
            case when max(mean) > 0 then sum(case when rate > 0 then 0 else 1 end) end as theil_l_zeros_count,
            1 - power(sum(weight * sqrt(rate)), 2) / max(nullif(mean, 0)) as atkinson_05,
            case
                when min(rate) > 0
                    then 1 - exp(sum(weight * ln(case when rate > 0 then rate end))) / max(mean)
                when max(mean) > 0 then 1
            end as atkinson_1,
            0.5 * sum(abs(events / nullif(all_events, 0) - weight)) as hoover,
            max(rate) / nullif(min(rate), 0) as max_min,
            min(case when population_through >= 0.9 * all_population then rate end)
            / nullif(min(case when population_through >= 0.1 * all_population then rate end), 0) as p90_p10
        from ordered
        group by {{ grouping }}
    )

    select * from indices
)
{%- endmacro %}
