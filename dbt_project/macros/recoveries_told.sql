{#
The ledger of recoveries comes by the quarter: of `months`, those are told that a ledger which ends no earlier has come
for. `deliveries` has table_name, status_code and month.
#}
{% macro recoveries_told(months, deliveries) -%}
    select distinct {{ months }}.month
    from {{ months }}
    inner join {{ deliveries }}
        on
            {{ months }}.month <= {{ deliveries }}.month
            and {{ months_after(months ~ '.month', cutoff('quarterly_list_months')) }} > {{ deliveries }}.month
    where {{ deliveries }}.table_name = 'recoveries' and {{ deliveries }}.status_code = 'landed'
{%- endmacro %}

{# What of a recovery had come back by a day: the ledger knows one payment, with its day. #}
{% macro recovered_by(recoveries, day) -%}
    case when {{ recoveries }}.recovered_date <= {{ day }} then {{ recoveries }}.recovered_amount_yuan else 0 end
{%- endmacro %}
