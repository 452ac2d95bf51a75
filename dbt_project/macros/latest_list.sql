{#-
    The latest list not after each of `months`, as `month` and `list_month`; one that is older than a quarter is a
    missing feed.
-#}
{% macro latest_list(lists, list_month="month", only=none) -%}
    select
        months.month,
        max({{ lists }}.{{ list_month }}) as list_month
    from months
    inner join {{ lists }}
        on
            {% if only %}
                {{ lists }}.{{ only }}
                and
            {% endif %}
            months.month >= {{ lists }}.{{ list_month }}
            and {{ months_after(lists ~ '.' ~ list_month, cutoff('quarterly_list_months')) }} > months.month
    group by months.month
{%- endmacro %}
