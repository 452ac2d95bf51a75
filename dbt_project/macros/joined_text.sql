{# Distinct texts of a group in alphabetical order, joined by 、. #}
{% macro joined_text(value) -%}
    {{ return(adapter.dispatch('joined_text')(value)) }}
{%- endmacro %}

{% macro default__joined_text(value) -%}
    array_join(array_sort(collect_set({{ value }})), '、')
{%- endmacro %}

{% macro duckdb__joined_text(value) -%}
    string_agg(distinct {{ value }}, '、' order by {{ value }})
{%- endmacro %}
