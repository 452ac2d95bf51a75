{#
A sum of doubles that does not depend on the order of rows: doubles differ in the last digit from run to run, whole
numbers and decimals add up exactly. For values below 10^18; what is smaller than 10^-20 counts as nothing. The whole
parts are summed by themselves, so that a sum of whole numbers is one.
#}
{% macro exact_sum(value) -%}
    (
        cast(sum(cast(floor({{ value }}) as bigint)) as double)
        + cast(sum(cast({{ value }} - floor({{ value }}) as decimal(38, 20))) as double)
    )
{%- endmacro %}

{% macro plain_sum(value) -%}
    sum({{ value }})
{%- endmacro %}
