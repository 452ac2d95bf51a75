with counted as (
    select * from {{ ref('int_work_refusals__counted') }}
),

final as (
    select
        person_key,
        refusal_date,
        month,
        programme_code,
        household_key,
        hukou_area_code,
        residence_area_code,
        first_refusal_date,
        cast(refusals_count as bigint) as refusals_count,
        cast(refusal_limit as bigint) as refusal_limit_count,
        cast(limit_months as bigint) as limit_months_count,
        legal_basis
    from counted
)

select * from final
