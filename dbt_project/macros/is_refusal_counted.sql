{# A refusal of work counts unless there was a good reason; one without a stated reason is a lead, and the case worker asks. #}
{% macro is_refusal_counted(offers, reasons) -%}
    ({{ offers }}.offer_result_code = 'refused' and not coalesce({{ reasons }}.is_justified, false))
{%- endmacro %}
