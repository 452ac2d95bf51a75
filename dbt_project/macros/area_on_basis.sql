{# Where a row counts: by registration (户籍) or by residence (常住), as the basis of `bases` asks. #}
{% macro area_on_basis(relation) -%}
    case bases.basis_code
        when 'hukou' then {{ relation }}.hukou_area_code
        else {{ relation }}.residence_area_code
    end
{%- endmacro %}
