{# Where a household is looked for: where it lives, else where it is registered. #}
{% macro home_of(households) -%}
    case
        when {{ households }}.residence_area_code in ('outside', 'unknown') then {{ households }}.hukou_area_code
        else {{ households }}.residence_area_code
    end
{%- endmacro %}
