{#
The triggers that a month is held to: those whose time to leave was up within the twelve months to its end, that were not
over within that time, and that nobody has found by then to be no reason to leave. `triggers` has first_month,
cleared_month, dismissed_month and exit_month.
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
        and coalesce({{ triggers }}.dismissed_month > {{ month }}, true)
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
        'confirmed_count', 'stopped_count', 'cleared_count', 'still_enrolled_count', 'still_paid_count', 'due_count', 'exited_in_time_count',
    ]) }}
{%- endmacro %}
