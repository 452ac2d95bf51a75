{#
Whether a delivery is of a feed that a rule or a signal cannot do without. `feed_tables` names landed tables, separated by 、;
of one that stands as `table:*` each programme has its own, and without it nothing is said of that programme alone.
#}
{% macro needs_feed(needing, deliveries) -%}
    (
        {{ needs_whole_feed(needing, deliveries) }}
        or ('、' || {{ needing }}.feed_tables || '、') like ('%、' || {{ deliveries }}.table_name || ':*、%')
    )
{%- endmacro %}

{% macro needs_whole_feed(needing, deliveries) -%}
    ('、' || {{ needing }}.feed_tables || '、') like ('%、' || {{ deliveries }}.table_name || '、%')
{%- endmacro %}
