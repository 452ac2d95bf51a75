{#
The models that tell an indicator per area besides coverage and adequacy: each yields area_code, month, programme_code,
basis_code, indicator_code, numerator, denominator (totals, which levels above add up) and persons_count (how many
persons a value rests on). A new indicator is one such model, its name here, and its rows in the seeds `indicators` and
`programme_indicators`.
#}
{% macro indicator_models() -%}
    {{ return([
        'int_indicators__medical',
        'int_indicators__training',
        'int_indicators__shelters',
        'int_indicators__disability',
        'int_indicators__casework',
        'int_indicators__education',
        'int_indicators__housing',
        'int_indicators__referrals',
        'int_indicators__services',
        'int_indicators__capacity',
        'int_indicators__funding',
        'int_indicators__budget',
        'int_indicators__findings',
        'int_indicators__care',
        'int_indicators__society',
        'int_indicators__exits',
        'int_indicators__evidence',
        'int_indicators__exit_triggers',
        'int_indicators__blind_spots',
        'int_indicators__complaints',
        'int_indicators__residence',
        'int_indicators__discovery',
        'int_indicators__checks',
        'int_indicators__recoveries',
        'int_indicators__alerts',
        'int_indicators__provision',
        'int_indicators__monitoring',
        'int_indicators__platform',
        'int_indicators__policies',
        'int_indicators__wages',
    ]) }}
{%- endmacro %}
