{# A statistical cut-off by its code, from the seed that gives its reason. #}
{% macro cutoff(code) -%}
    (select cutoffs.cutoff_value from {{ ref('cutoffs') }} as cutoffs where cutoffs.cutoff_code = '{{ code }}')
{%- endmacro %}
