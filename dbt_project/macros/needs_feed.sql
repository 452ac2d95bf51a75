{#
Whether a delivery is of a feed that a rule or a signal cannot do without. `feed_tables` names landed tables, separated by 、;
one that stands as `table:programme` is needed of that programme only, and only of that programme nothing is said without it.
#}
{% macro needs_feed(needing, deliveries) -%}
    (
        {{ needs_whole_feed(needing, deliveries) }}
        or ('、' || {{ needing }}.feed_tables || '、')
        like ('%、' || {{ deliveries }}.table_name || ':' || {{ deliveries }}.programme_code || '、%')
    )
{%- endmacro %}

{% macro needs_whole_feed(needing, deliveries) -%}
    ('、' || {{ needing }}.feed_tables || '、') like ('%、' || {{ deliveries }}.table_name || '、%')
{%- endmacro %}
