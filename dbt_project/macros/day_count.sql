{# Calendar days from one date to another. #}
{% macro day_count(from_date, to_date) -%}
    {{ return(adapter.dispatch('day_count')(from_date, to_date)) }}
{%- endmacro %}

{% macro default__day_count(from_date, to_date) -%}
    datediff({{ to_date }}, {{ from_date }})
{%- endmacro %}

{% macro duckdb__day_count(from_date, to_date) -%}
    date_diff('day', {{ from_date }}, {{ to_date }})
{%- endmacro %}
