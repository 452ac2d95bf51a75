{% test is_key(model, columns) %}

-- One query for the whole key; that its columns are filled is the contract's not_null.
select
    {{ columns | join(',\n    ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
