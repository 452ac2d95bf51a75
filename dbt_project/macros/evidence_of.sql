{#-
    The columns of a row of evidence: which rule it speaks for, of which landed table it is, and what it comes to. What
    a rule knows no better of is in the relation it is selected from.
-#}
{% macro evidence_of(
    rule="rule_code",
    table="evidence_table",
    evidence_amount="null",
    overpaid_amount="null",
    household="household_key",
    programme="programme_code"
) -%}
    {{ rule }} as rule_code,
    person_key,
    {{ household }} as household_key,
    {{ programme }} as programme_code,
    month,
    hukou_area_code,
    residence_area_code,
    {{ table }} as evidence_table,
    cast({{ evidence_amount }} as decimal(18, 2)) as evidence_amount_yuan,
    cast({{ overpaid_amount }} as decimal(18, 2)) as overpaid_amount_yuan
{%- endmacro %}
