{# The indices beside which stands what chance alone would give; their unweighted companions are for comparison only. #}
{% macro balance_index_names() -%}
    {{ return([
        'cv', 'gini', 'theil_t', 'theil_t_between', 'theil_l', 'atkinson_05', 'atkinson_1', 'hoover', 'max_min', 'p90_p10',
    ]) }}
{%- endmacro %}
