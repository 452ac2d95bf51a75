{#-
    A night builds into a file that is new, so nothing has to be built beside what stands and swapped: dbt's own
    way of a table and of a view costs a third of the build. What a second build in one file finds is dropped first.
-#}
{% materialization table, adapter="duckdb", supported_languages=['sql', 'python'] %}
    {% set target = this.incorporate(type='table') %}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement('main', language=model['language']) -%}
        {{ create_table_as(False, target, compiled_code, model['language']) }}
    {%- endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization view, adapter="duckdb" %}
    {% set target = this.incorporate(type='view') %}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement('main') -%}
        {{ get_create_view_as_sql(target, compiled_code) }}
    {%- endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
