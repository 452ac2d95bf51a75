with referrals as (
    select * from {{ ref('int_referrals__followed') }}
),

final as (
    select
        referral_key,
        person_key,
        hukou_area_code,
        residence_area_code,
        programme_code,
        month,
        referred_date,
        served_date,
        closed_date,
        referral_reason_code,
        id_status_code,
        waited_days,
        is_overdue
    from referrals
)

select * from final
