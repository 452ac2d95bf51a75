{#
The twelve months to each month from the first alert on, by programme: where they begin, how many they are, and how many
of them are told, by both a roster and alerts. `programme_months` has has_roster; before the first alert nobody could be
found by one.
#}
{% macro discovery_windows(programme_months, alert_months) -%}
    select
        spanned.month,
        spanned.programme_code,
        min(inside.month) as first_month,
        count(*) as month_count,
        sum(case when inside.has_roster and alert_months.month is not null then 1 else 0 end) as told_month_count
    from (select min(month) as month from {{ alert_months }}) as begun
    inner join {{ programme_months }} as spanned
        on begun.month <= spanned.month
    inner join {{ programme_months }} as inside
        on
            spanned.programme_code = inside.programme_code
            and begun.month <= inside.month
            and spanned.month >= inside.month
            and {{ month_count('inside.month', 'spanned.month') }} < {{ cutoff('window_months') }}
    left join {{ alert_months }} as alert_months
        on inside.month = alert_months.month
    group by spanned.month, spanned.programme_code
{%- endmacro %}
