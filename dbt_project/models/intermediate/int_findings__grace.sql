with graces as (
    select * from {{ ref('int_grace__spelled') }}
),

paid as (
    select * from {{ ref('int_household_months__paid') }}
),

reviews as (
    select * from {{ ref('int_reviews__judged') }}
),

enrolled as (
    select * from {{ ref('int_household_enrolments__counted') }}
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

unreviewed as (
    select
        graces.*,
        graces.last_month as month
    from graces
    left join reviewed
        on
            graces.household_key = reviewed.household_key
            and graces.programme_code = reviewed.programme_code
            and graces.first_month = reviewed.first_month
    where graces.end_month is not null and reviewed.household_key is null
),

found as (
    select {{ evidence_of("'grace_too_long'", "'payments'", "paid_amount_yuan", "paid_amount_yuan") }}
    from paid_in_it
    where month_number > {{ parameter('grace_months_max') }}
    union all
    select {{ evidence_of("'grace_without_dibao'", "'payments'", "paid_amount_yuan", "paid_amount_yuan") }}
    from paid_in_it
    where not has_prior_enrolment
    union all
    select
        {{ evidence_of(
            "'grace_above_top_up'", "'payments'", "basic_amount_yuan", "basic_amount_yuan - previous_amount_yuan"
        ) }}
    from paid_in_it
    where basic_amount_yuan > previous_amount_yuan
    union all
    select {{ evidence_of("'grace_ended_still_paid'", "'payments'", "paid_amount_yuan", "paid_amount_yuan") }}
    from paid_after_it
    union all
    select {{ evidence_of("'grace_without_review'", "'reviews'") }}
    from unreviewed
),

final as (
    select *
    from found
    where person_key is not null
)

select * from final
