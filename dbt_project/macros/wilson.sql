{#
Lower and upper end of Wilson's score interval of a proportion (Wilson 1927) with `n` effective persons: people come in
households, so n = persons ÷ design effect. NULL without persons. Held to [0, 1] and around the rate, which rounding
would leave by the last digit.
#}
{% macro wilson_low(rate, n, z) -%}
    least(greatest({{ wilson_end(rate, n, z, '-') }}, 0), {{ rate }})
{%- endmacro %}

{% macro wilson_high(rate, n, z) -%}
    greatest(least({{ wilson_end(rate, n, z, '+') }}, 1), {{ rate }})
{%- endmacro %}

{% macro wilson_end(rate, n, z, sign) -%}
    (
        {{ rate }} + {{ z }} * {{ z }} / (2 * {{ n }}) {{ sign }} {{ z }} * sqrt(
            {{ rate }} * (1 - {{ rate }}) / {{ n }} + {{ z }} * {{ z }} / (4 * {{ n }} * {{ n }})
        )
    ) / (1 + {{ z }} * {{ z }} / {{ n }})
{%- endmacro %}
