{% test refers_to(model, references) %}

-- One question a model, not one a column: what a column holds and its dimension does not.
{% for each in references %}
    select
        '{{ each.column }}' as column_name,
        cast({{ each.column }} as varchar) as missing_value
    from {{ model }}
    where
        {{ each.column }} is not null
        and {{ each.column }} not in (select {{ each.field }} from {{ each.to }})
    {% if not loop.last %}union all{% endif %}
{% endfor %}

{% endtest %}
