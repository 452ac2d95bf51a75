{# Quantile of a set of draws, interpolated linearly; engines spell it differently. #}
{% macro quantile_of(value, share) -%}
    {{ return(adapter.dispatch('quantile_of')(value, share)) }}
{%- endmacro %}

{% macro default__quantile_of(value, share) -%}
    percentile({{ value }}, {{ share }})
{%- endmacro %}

{% macro duckdb__quantile_of(value, share) -%}
    quantile_cont({{ value }}, {{ share }})
{%- endmacro %}
