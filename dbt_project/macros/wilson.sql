{#
Lower and upper end of Wilson's score interval of a proportion (Wilson 1927) with `n` effective persons: people come in
households, so n = persons ÷ design effect. NULL without persons.
#}
{% macro wilson_low(rate, n, z) -%}
    (
        ({{ rate }} + {{ z }} * {{ z }} / (2 * {{ n }}) - {{ z }} * sqrt(
            {{ rate }} * (1 - {{ rate }}) / {{ n }} + {{ z }} * {{ z }} / (4 * {{ n }} * {{ n }})
        )) / (1 + {{ z }} * {{ z }} / {{ n }})
    )
{%- endmacro %}

{% macro wilson_high(rate, n, z) -%}
    (
        ({{ rate }} + {{ z }} * {{ z }} / (2 * {{ n }}) + {{ z }} * sqrt(
            {{ rate }} * (1 - {{ rate }}) / {{ n }} + {{ z }} * {{ z }} / (4 * {{ n }} * {{ n }})
        )) / (1 + {{ z }} * {{ z }} / {{ n }})
    )
{%- endmacro %}
