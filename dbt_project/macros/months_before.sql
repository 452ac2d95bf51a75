{# The same day so many calendar months before a date; the last day of the month where there is no such day. #}
{% macro months_before(day, months) -%}
    {{ return(adapter.dispatch('months_before')(day, months)) }}
{%- endmacro %}

{% macro default__months_before(day, months) -%}
    add_months({{ day }}, -cast({{ months }} as int))
{%- endmacro %}

{% macro duckdb__months_before(day, months) -%}
    cast({{ day }} - to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}
