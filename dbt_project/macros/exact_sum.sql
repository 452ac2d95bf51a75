{#
A sum of doubles that does not depend on the order of rows: doubles differ in the last digit from run to run, decimals
add up exactly. For values below 10^17; what is smaller than 10^-20 counts as nothing.
#}
{% macro exact_sum(value) -%}
    cast(sum(cast({{ value }} as decimal(38, 20))) as double)
{%- endmacro %}

{% macro plain_sum(value) -%}
    sum({{ value }})
{%- endmacro %}
