{# Which telling of a key counts: 1 is the last one among the latest versions (later month, delivery, row). #}
{% macro telling_rank(key) -%}
    row_number() over (
        partition by is_latest_version, {{ key | join(', ') }}
        order by report_month desc, delivery_sequence desc, source_sheet desc, source_row_number desc
    )
{%- endmacro %}
