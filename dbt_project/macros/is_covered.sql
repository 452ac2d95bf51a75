{# Covered at the end of a month: in force by its last day, not ended by then; 渐退 counts, suspended does not. #}
{% macro is_covered(month, start_date, end_date, status_code) -%}
    (
        {{ start_date }} <= last_day({{ month }})
        and coalesce({{ end_date }} > last_day({{ month }}), true)
        and coalesce({{ status_code }}, 'active') in ('active', 'grace')
    )
{%- endmacro %}
