{# The same day so many months later, the last of the month where it has none. #}
{% macro months_after(day, month_count) -%}
    {{ return(adapter.dispatch('months_after')(day, month_count)) }}
{%- endmacro %}

{% macro default__months_after(day, month_count) -%}
    add_months({{ day }}, cast({{ month_count }} as integer))
{%- endmacro %}

{% macro duckdb__months_after(day, month_count) -%}
    cast({{ day }} + to_months(cast({{ month_count }} as integer)) as date)
{%- endmacro %}
