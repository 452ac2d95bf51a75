{# Whole calendar months from one month to another. #}
{% macro month_count(from_month, to_month) -%}
    (
        (extract(year from {{ to_month }}) - extract(year from {{ from_month }})) * 12
        + extract(month from {{ to_month }}) - extract(month from {{ from_month }})
    )
{%- endmacro %}
