{#
The indicators of area balance: code, numerator and denominator as columns of an area and month, and by what the
households of a draw fall on areas. What they mean stands in the seed `indicators`.
#}
{% macro balance_measures() -%}
    {{ return([
        ('coverage', 'recipients_count', 'population_count', 'population'),
        ('coverage_adjusted', 'recipients_count', 'expected_recipients_count', 'expected'),
        ('spend_per_head', 'spend_amount_yuan', 'population_count', 'population'),
        ('spend_per_recipient', 'spend_amount_yuan', 'recipients_count', 'population'),
        ('top_up', 'entitlement_amount_yuan', 'recipients_count', 'population'),
    ]) }}
{%- endmacro %}
