{# The statistic of the draws that stands beside an index: mean and 95 % range of one kind of draw. #}
{% macro draw_mean(index, is_own) -%}
    avg(case when {{ 'is_own' if is_own else 'not is_own' }} then {{ index }} end)
{%- endmacro %}

{% macro draw_quantile(index, is_own, share) -%}
    {{ quantile_of('case when ' ~ ('is_own' if is_own else 'not is_own') ~ ' then ' ~ index ~ ' end', share) }}
{%- endmacro %}
