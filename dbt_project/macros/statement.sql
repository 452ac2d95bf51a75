{#-
    dbt's own way of running a statement, without a copy of each in target/run: nobody reads them, and a file more
    a node makes its two threads wait for each other.
-#}
{% macro statement(name=none, fetch_result=false, auto_begin=true, language='sql') -%}
    {%- if execute -%}
        {%- set statement_text = caller() -%}
        {%- if language == 'python' -%}
            {%- set response = submit_python_job(model, statement_text) -%}
        {%- else -%}
            {%- set response, rows = adapter.execute(statement_text, auto_begin=auto_begin, fetch=fetch_result) -%}
        {%- endif -%}
        {%- if name is not none -%}
            {{ store_result(name, response=response, agate_table=rows) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
