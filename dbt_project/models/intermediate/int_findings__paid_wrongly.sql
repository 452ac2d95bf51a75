with enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

households as (
    select * from {{ ref('int_household_enrolments__counted') }}
),

payments as (
    select * from {{ ref('int_payments__placed') }}
),

paid as (
    select * from {{ ref('int_household_months__paid') }}
),

deaths as (
    select * from {{ ref('int_deaths__settled') }}
),

custody as (
    select * from {{ ref('int_custody__settled') }}
),

standards as (
    select * from {{ ref('stg_standards__standards') }}
),

-- Only valid ID numbers are matched: a key made of anything else is nobody else's.
died as (
    select
        person_key,
        death_month as event_month
    from deaths
    where id_status_code = 'valid'
),

-- A sentence; who is held without one (羁押) may still be found innocent.
imprisoned as (
    select
        person_key,
        cast(date_trunc('month', custody_start_date) as date) as event_month,
        max(custody_end_date) as custody_end_date
    from custody
    where id_status_code = 'valid' and custody_type_code = 'sentence'
    group by person_key, cast(date_trunc('month', custody_start_date) as date)
),

-- Who counts in the household that month, or is its payee without being on the roster any more.
entitled as (
    select
        person_key,
        household_key,
        programme_code,
        month
    from enrolments
    where id_status_code = 'valid'
    union
    select
        person_key,
        household_key,
        programme_code,
        benefit_month as month
    from payments
    where is_successful and person_key is not null
),

concerned as (
    select
        'paid_after_death' as rule_code,
        entitled.*
    from entitled
    inner join died
        on entitled.person_key = died.person_key
    where {{ month_count('died.event_month', 'entitled.month') }} >= {{ parameter('paid_after_event_from_month') }}
    union
    select
        'paid_in_custody' as rule_code,
        entitled.*
    from entitled
    inner join imprisoned
        on entitled.person_key = imprisoned.person_key
    where
        {{ month_count('imprisoned.event_month', 'entitled.month') }} >= {{ parameter('paid_after_event_from_month') }}
        and coalesce(entitled.month <= imprisoned.custody_end_date, true)
),

standing as (
    select
        programme_code,
        effective_date,
        min(standard_amount_yuan) as standard_amount_yuan
    from standards
    where is_current
    group by programme_code, effective_date
),

priced as (
    select
        concerned.*,
        paid.hukou_area_code,
        paid.residence_area_code,
        paid.basic_amount_yuan,
        paid.paid_amount_yuan,
        greatest(coalesce(households.enrolled_count, 1), 1) as enrolled_count,
        coalesce(households.household_income_yuan, 0) as household_income_yuan,
        (
            select max(standing.standard_amount_yuan)
            from standing
            where
                standing.programme_code = concerned.programme_code
                and standing.effective_date <= last_day(concerned.month)
        ) as standard_amount_yuan
    from concerned
    inner join paid
        on
            concerned.household_key = paid.household_key
            and concerned.programme_code = paid.programme_code
            and concerned.month = paid.month
    left join households
        on
            concerned.household_key = households.household_key
            and concerned.programme_code = households.programme_code
            and concerned.month = households.month
),

-- Only his own share stops: the top-up of the others is what it would be without him.
recomputed as (
    select
        *,
        case
            when enrolled_count = 1 then 0
            else greatest(standard_amount_yuan * (enrolled_count - 1) - household_income_yuan, 0)
        end as remaining_amount_yuan
    from priced
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
        paid_amount_yuan,
        cast(
            basic_amount_yuan
            - least(basic_amount_yuan, remaining_amount_yuan)
            + (paid_amount_yuan - basic_amount_yuan) / enrolled_count as decimal(18, 2)
        ) as overpaid_amount_yuan
    from recomputed
)

select * from final
