{# The reasons for an exit that are counted apart; every other reason counts as `other`. #}
{% macro exit_reasons() -%}
    {{ return(['death', 'income', 'voluntary', 'moved', 'custody', 'transferred', 'suspended', 'other']) }}
{%- endmacro %}

{% macro exit_reason(column) -%}
    case
        when {{ column }} in ('{{ exit_reasons() | join("', '") }}') then {{ column }} else 'other'
    end
{%- endmacro %}

{# What changes the persons of an area between two rosters, in the order in which it is told. #}
{% macro flow_measures() -%}
    {%- set measures = ['entries_count', 'exits_count'] -%}
    {%- for reason in exit_reasons() -%}
        {%- do measures.append('exits_' ~ reason ~ '_count') -%}
    {%- endfor -%}
    {{ return(measures + ['moved_in_count', 'moved_out_count', 'redrawn_count']) }}
{%- endmacro %}
