with graces as (
    select * from {{ ref('int_grace__spelled') }}
),

payments as (
    select * from {{ ref('int_payments__placed') }}
),

reviews as (
    select * from {{ ref('int_reviews__judged') }}
),

enrolled as (
    select * from {{ ref('int_household_enrolments__counted') }}
),

paid as (
    select
        household_key,
        programme_code,
        benefit_month as month,
        sum(case when component_code = 'basic' then paid_amount_yuan else 0 end) as basic_amount_yuan,
        sum(paid_amount_yuan) as paid_amount_yuan
    from payments
    where is_successful
    group by household_key, programme_code, benefit_month
),

paid_in_it as (
    select
        graces.*,
        paid.month,
        paid.basic_amount_yuan,
        paid.paid_amount_yuan,
        {{ month_count('graces.first_month', 'paid.month') }} + 1 as month_number
    from graces
    inner join paid
        on
            graces.household_key = paid.household_key
            and graces.programme_code = paid.programme_code
            and graces.first_month <= paid.month
            and graces.last_month >= paid.month
),

-- Over, and nobody took the household back: the month of the end itself is the one it is stopped in.
paid_after_it as (
    select
        graces.*,
        paid.month,
        paid.paid_amount_yuan
    from graces
    inner join paid
        on
            graces.household_key = paid.household_key
            and graces.programme_code = paid.programme_code
            and graces.end_month < paid.month
    left join enrolled
        on
            paid.household_key = enrolled.household_key
            and paid.programme_code = enrolled.programme_code
            and paid.month = enrolled.month
    where enrolled.household_key is null and not graces.is_continued
),

reviewed as (
    select distinct
        graces.household_key,
        graces.programme_code,
        graces.first_month
    from graces
    inner join reviews
        on
            graces.household_key = reviews.household_key
            and graces.programme_code = reviews.programme_code
            and graces.first_month <= reviews.done_date
            and last_day(graces.end_month) >= reviews.done_date
),

found as (
    select
        'grace_too_long' as rule_code,
        person_key,
        household_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        'payments' as evidence_table,
        paid_amount_yuan as evidence_amount_yuan,
        paid_amount_yuan as overpaid_amount_yuan
    from paid_in_it
    where month_number > {{ parameter('grace_months_max') }}
    union all
    select
        'grace_without_dibao' as rule_code,
        person_key,
        household_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        'payments' as evidence_table,
        paid_amount_yuan as evidence_amount_yuan,
        paid_amount_yuan as overpaid_amount_yuan
    from paid_in_it
    where not has_prior_enrolment
    union all
    select
        'grace_above_top_up' as rule_code,
        person_key,
        household_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        'payments' as evidence_table,
        basic_amount_yuan as evidence_amount_yuan,
        basic_amount_yuan - previous_amount_yuan as overpaid_amount_yuan
    from paid_in_it
    where basic_amount_yuan > previous_amount_yuan
    union all
    select
        'grace_ended_still_paid' as rule_code,
        person_key,
        household_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        'payments' as evidence_table,
        paid_amount_yuan as evidence_amount_yuan,
        paid_amount_yuan as overpaid_amount_yuan
    from paid_after_it
    union all
    select
        'grace_without_review' as rule_code,
        graces.person_key,
        graces.household_key,
        graces.programme_code,
        graces.last_month as month,
        graces.hukou_area_code,
        graces.residence_area_code,
        'reviews' as evidence_table,
        null as evidence_amount_yuan,
        null as overpaid_amount_yuan
    from graces
    left join reviewed
        on
            graces.household_key = reviewed.household_key
            and graces.programme_code = reviewed.programme_code
            and graces.first_month = reviewed.first_month
    where graces.end_month is not null and reviewed.household_key is null
),

final as (
    select
        rule_code,
        person_key,
        household_key,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        evidence_table,
        cast(evidence_amount_yuan as decimal(18, 2)) as evidence_amount_yuan,
        cast(overpaid_amount_yuan as decimal(18, 2)) as overpaid_amount_yuan
    from found
    where person_key is not null
)

select * from final
