with wages as (
    select * from {{ ref('stg_wages__wages') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

households as (
    select * from {{ ref('int_household_enrolments__counted') }}
),

standards as (
    select * from {{ ref('stg_standards__standards') }}
),

-- The standard that income is held against; whoever is 低边 may earn a multiple of it.
standing as (
    select
        effective_date,
        min(standard_amount_yuan) as standard_amount_yuan
    from standards
    where is_current and programme_code = 'dibao'
    group by effective_date
),

months as (
    select month from {{ ref('int_months__spanned') }}
),

lines as (
    select
        months.month,
        max(standing.standard_amount_yuan) as standard_amount_yuan
    from months
    inner join standing
        on last_day(months.month) >= standing.effective_date
    group by months.month
),

-- Who takes a job while enrolled keeps a part of the wage for some months; who had it before does not.
earned as (
    select
        enrolments.household_key,
        enrolments.programme_code,
        enrolments.month,
        wages.person_key,
        wages.wage_amount_yuan,
        case
            when
                wages.insured_from_date >= enrolments.start_date
                and {{ month_count('wages.insured_from_date', 'enrolments.month') }}
                < {{ parameter('employment_disregard_months_max') }}
                then least(
                    wages.wage_amount_yuan,
                    {{ parameter('employment_disregard_standards') }} * lines.standard_amount_yuan
                )
            else 0
        end as disregarded_amount_yuan
    from wages
    inner join enrolments
        on
            wages.person_key = enrolments.person_key
            and wages.report_month = enrolments.month
            and enrolments.id_status_code = 'valid'
            and enrolments.programme_code in ('dibao', 'dibian')
    inner join lines
        on wages.report_month = lines.month
    where wages.is_current and wages.id_status_code = 'valid' and wages.insurance_status_code = 'active'
),

summed as (
    select
        household_key,
        programme_code,
        month,
        sum(wage_amount_yuan) as wage_amount_yuan,
        sum(disregarded_amount_yuan) as disregarded_amount_yuan,
        count(distinct case when disregarded_amount_yuan > 0 then person_key end) as disregarded_count
    from earned
    group by household_key, programme_code, month
),

priced as (
    select
        summed.household_key,
        summed.programme_code,
        summed.month,
        households.hukou_area_code,
        households.residence_area_code,
        households.enrolled_count,
        summed.disregarded_count,
        cast(summed.wage_amount_yuan as decimal(18, 2)) as wage_amount_yuan,
        cast(summed.disregarded_amount_yuan as decimal(18, 2)) as disregarded_amount_yuan,
        cast(coalesce(households.household_income_yuan, 0) as decimal(18, 2)) as declared_income_yuan,
        cast(
            lines.standard_amount_yuan * greatest(households.enrolled_count, 1)
            * case summed.programme_code when 'dibian' then {{ parameter('dibian_line_ratio') }} else 1 end
            as decimal(18, 2)
        ) as line_amount_yuan
    from summed
    inner join households
        on
            summed.household_key = households.household_key
            and summed.programme_code = households.programme_code
            and summed.month = households.month
    inner join lines
        on summed.month = lines.month
),

-- What was declared may hold the wage already: above the line by the wage alone is sure, by both together possible.
final as (
    select
        *,
        wage_amount_yuan - disregarded_amount_yuan + declared_income_yuan > line_amount_yuan as is_above_line,
        wage_amount_yuan - disregarded_amount_yuan > line_amount_yuan as is_above_by_wages_alone
    from priced
)

select * from final
