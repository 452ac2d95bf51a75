with households as (
    select * from {{ ref('int_household_months__placed') }}
),

adequate as (
    select * from {{ ref('int_household_months__adequate') }}
),

ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

spent as (
    select
        ancestors.ancestor_area_code as area_code,
        households.month,
        households.programme_code,
        households.basis_code,
        sum(households.spend_amount_yuan) as spend_amount_yuan,
        sum(households.entitlement_amount_yuan) as entitlement_amount_yuan
    from households
    inner join ancestors
        on households.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, households.month, households.programme_code, households.basis_code
),

judged as (
    select
        ancestors.ancestor_area_code as area_code,
        adequate.month,
        adequate.programme_code,
        adequate.basis_code,
        {{ exact_sum('adequate.adequacy_ratio') }} / count(*) as adequacy_mean_ratio,
        {{ quantile_of('adequate.adequacy_ratio', 0.1) }} as adequacy_p10_ratio,
        cast(sum(adequate.spend_amount_yuan) as double)
        / cast(nullif(sum(adequate.spend_amount_yuan + adequate.household_income_yuan), 0) as double)
            as transfer_share
    from adequate
    inner join ancestors
        on adequate.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, adequate.month, adequate.programme_code, adequate.basis_code
),

final as (
    select
        spent.area_code,
        spent.month,
        spent.programme_code,
        spent.basis_code,
        spent.spend_amount_yuan,
        spent.entitlement_amount_yuan,
        judged.adequacy_mean_ratio,
        judged.adequacy_p10_ratio,
        judged.transfer_share
    from spent
    left join judged
        on
            spent.area_code = judged.area_code
            and spent.month = judged.month
            and spent.programme_code = judged.programme_code
            and spent.basis_code = judged.basis_code
)

select * from final
