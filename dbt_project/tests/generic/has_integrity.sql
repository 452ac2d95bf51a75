{% test has_integrity(model, key, references=[]) %}

-- One question a table, not one a rule: a key that stands twice, and what a column holds and its dimension does not.
-- That the columns of a key are filled is the contract's not_null.
select
    '{{ key | join(', ') }}' as column_names,
    cast(count(*) as varchar) as found
from {{ model }}
group by {{ key | join(', ') }}
having count(*) > 1
{% for each in references %}
    union all
    select
        '{{ each.column }}' as column_names,
        cast({{ each.column }} as varchar) as found
    from {{ model }}
    where
        {{ each.column }} is not null
        and {{ each.column }} not in (select {{ each.field }} from {{ each.to }})
{% endfor %}

{% endtest %}
