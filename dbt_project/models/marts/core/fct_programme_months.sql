with programme_months as (
    select * from {{ ref('int_programme_months') }}
),

final as (
    select
        programme_code,
        month,
        previous_roster_month,
        roster_rejected_count,
        payment_rejected_count,
        has_roster,
        has_household_roster,
        has_payments,
        is_restated
    from programme_months
)

select * from final
