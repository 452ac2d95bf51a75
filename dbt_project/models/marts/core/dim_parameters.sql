with parameters as (
    select * from {{ ref('parameters') }}
),

final as (
    select
        parameter_code,
        parameter_name,
        valid_from_date,
        valid_to_date,
        area_code,
        unit,
        parameter_value,
        legal_basis,
        parameter_note
    from parameters
)

select * from final
