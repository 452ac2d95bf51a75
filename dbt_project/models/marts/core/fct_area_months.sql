with rated as (
    select * from {{ ref('int_area_months__rated') }}
),

flowed as (
    select * from {{ ref('int_area_months__flowed') }}
),

expected as (
    select * from {{ ref('int_area_months__expected') }}
),

smoothed as (
    select * from {{ ref('int_area_months__smoothed') }}
),

funnelled as (
    select * from {{ ref('int_area_months__funnelled') }}
),

spent as (
    select * from {{ ref('int_area_months__spent') }}
),

bootstrapped as (
    select * from {{ ref('int_area_months__bootstrapped') }}
),

final as (
    select
        rated.area_code,
        rated.month,
        rated.programme_code,
        rated.basis_code,
        rated.scope_area_code,
        rated.population_month,
        rated.previous_roster_month,
        rated.recipients_count,
        rated.households_count,
        rated.population_count,
        case when rated.recipients_count is not null then expected.expected_recipients_count end
            as expected_recipients_count,
        rated.first_recipients_count,
        case
            when rated.recipients_count is not null and rated.previous_roster_month is not null
                then coalesce(flowed.start_recipients_count, 0)
        end as start_recipients_count,
        {% for measure in flow_measures() %}
            case
                when rated.recipients_count is not null and rated.previous_roster_month is not null
                    then coalesce(flowed.{{ measure }}, 0)
            end as {{ measure }},
        {% endfor %}
        cast(
            case when rated.has_payments then coalesce(spent.spend_amount_yuan, 0) end as decimal(18, 2)
        ) as spend_amount_yuan,
        cast(
            case when rated.households_count is not null then coalesce(spent.entitlement_amount_yuan, 0) end
            as decimal(18, 2)
        ) as entitlement_amount_yuan,
        bootstrapped.spend_low as spend_low_yuan,
        bootstrapped.spend_high as spend_high_yuan,
        bootstrapped.spend_per_recipient_low as spend_per_recipient_low_yuan,
        bootstrapped.spend_per_recipient_high as spend_per_recipient_high_yuan,
        bootstrapped.top_up_low as top_up_low_yuan,
        bootstrapped.top_up_high as top_up_high_yuan,
        spent.adequacy_mean_ratio,
        spent.adequacy_p10_ratio,
        spent.transfer_share,
        rated.design_effect,
        smoothed.prior_rate,
        smoothed.variance as between_area_variance,
        smoothed.smoothed_rate,
        funnelled.z_score,
        funnelled.dispersion,
        funnelled.funnel_code,
        rated.is_restated
    from rated
    left join flowed
        on
            rated.area_code = flowed.area_code
            and rated.month = flowed.month
            and rated.programme_code = flowed.programme_code
            and rated.basis_code = flowed.basis_code
    left join expected
        on
            rated.area_code = expected.area_code
            and rated.month = expected.month
            and rated.programme_code = expected.programme_code
            and rated.basis_code = expected.basis_code
    left join smoothed
        on
            rated.area_code = smoothed.area_code
            and rated.month = smoothed.month
            and rated.programme_code = smoothed.programme_code
            and rated.basis_code = smoothed.basis_code
    left join funnelled
        on
            rated.area_code = funnelled.area_code
            and rated.month = funnelled.month
            and rated.programme_code = funnelled.programme_code
            and rated.basis_code = funnelled.basis_code
    left join spent
        on
            rated.area_code = spent.area_code
            and rated.month = spent.month
            and rated.programme_code = spent.programme_code
            and rated.basis_code = spent.basis_code
    left join bootstrapped
        on
            rated.area_code = bootstrapped.area_code
            and rated.month = bootstrapped.month
            and rated.programme_code = bootstrapped.programme_code
            and rated.basis_code = bootstrapped.basis_code
)

select * from final
