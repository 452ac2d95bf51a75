{# A legal parameter by its code, as it stands now, from the seed that gives its legal basis. #}
{% macro parameter(code) -%}
    (
        select parameters.parameter_value
        from {{ ref('parameters') }} as parameters
        where parameters.parameter_code = '{{ code }}' and parameters.valid_to_date is null
    )
{%- endmacro %}
