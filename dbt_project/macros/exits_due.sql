{#
The triggers that a month is held to: those whose time to leave was up within the twelve months to its end, and that were
not cleared within that time. `triggers` has first_month, cleared_month and exit_month.
#}
{% macro is_exit_due(triggers, month) -%}
    (
        {{ months_after(triggers ~ '.first_month', cutoff('exit_window_months')) }} <= {{ month }}
        and {{ months_after(triggers ~ '.first_month', '12 + ' ~ cutoff('exit_window_months')) }} > {{ month }}
        and coalesce(
            {{ triggers }}.cleared_month
            > {{ months_after(triggers ~ '.first_month', cutoff('exit_window_months')) }},
            true
        )
    )
{%- endmacro %}

{% macro is_exit_in_time(triggers) -%}
    coalesce(
        {{ triggers }}.exit_month
        <= {{ months_after(triggers ~ '.first_month', cutoff('exit_window_months')) }},
        false
    )
{%- endmacro %}

{# The kinds of event that should end an enrolment, as in the seed exit_triggers, and what is counted of them. #}
{% macro exit_triggers() -%}
    {{ return([
        'death', 'custody', 'moved_away', 'income_above_line', 'assets_above_limit', 'work_refused', 'check_refused',
        'validity_expired',
    ]) }}
{%- endmacro %}

{% macro exit_measures() -%}
    {%- set measures = ['triggered_count'] -%}
    {%- for kind in exit_triggers() -%}
        {%- do measures.append(kind ~ '_count') -%}
    {%- endfor -%}
    {{ return(measures + [
        'stopped_count', 'cleared_count', 'still_enrolled_count', 'still_paid_count', 'due_count', 'exited_in_time_count',
    ]) }}
{%- endmacro %}
