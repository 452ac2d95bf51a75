with changes as (
    select * from {{ ref('int_enrolments__changed') }}
),

final as (
    select
        person_key,
        programme_code,
        month,
        basis_code,
        previous_month,
        flow_code,
        reason_code,
        from_area_code,
        to_area_code
    from changes
)

select * from final
