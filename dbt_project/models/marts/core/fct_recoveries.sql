with recoveries as (
    select * from {{ ref('stg_casework__recoveries') }}
),

final as (
    select
        recovery_key,
        household_key,
        person_key,
        programme_code,
        decision_date,
        recovered_date,
        recovery_reason_code,
        due_amount_yuan,
        recovered_amount_yuan
    from recoveries
    where is_current
)

select * from final
