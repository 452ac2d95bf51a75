{#
By month, whether every office that owes a table has sent it, as has_feed: where who covers whom is not known, one that is
late leaves every area untold. `deliveries` has table_name, status_code and month.
#}
{% macro delivered_whole(table_name, deliveries) -%}
    select
        month,
        max(case when status_code <> 'landed' then 1 else 0 end) = 0 as has_feed
    from {{ deliveries }}
    where table_name = '{{ table_name }}'
    group by month
{%- endmacro %}
