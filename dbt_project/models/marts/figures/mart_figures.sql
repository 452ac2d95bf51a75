with figures as (
    select * from {{ ref('dim_figures') }}
),

stated_figures as (
    select * from {{ ref('dim_stated_figures') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

deliveries as (
    select * from {{ ref('fct_deliveries') }}
),

enrolments as (
    select * from {{ ref('fct_enrolments') }}
),

household_enrolments as (
    select * from {{ ref('fct_household_enrolments') }}
),

standards as (
    select * from {{ ref('dim_standards') }}
),

settlements as (
    select * from {{ ref('fct_settlements') }}
),

visits as (
    select * from {{ ref('fct_visits') }}
),

reports as (
    select * from {{ ref('fct_verification_reports') }}
),

recoveries as (
    select * from {{ ref('fct_recoveries') }}
),

funds as (
    select * from {{ ref('fct_funds') }}
),

run as (
    select
        month as business_month,
        last_day(month) as month_end_date,
        -- The last year that is over: in December, the year itself.
        cast(
            date_trunc('year', cast(month + interval 1 month as date)) - interval 12 month as date
        ) as year_start_date
    from months
    where is_business_month
),

-- A standard can be told at any date: at the one the report is about, else now.
dated as (
    select
        figures.*,
        run.business_month,
        run.month_end_date,
        run.year_start_date,
        case
            when figures.period_code = 'date'
                then coalesce(figures.fixed_date, stated_figures.stated_as_of_date, run.month_end_date)
            when figures.period_code = 'month' then run.month_end_date
        end as as_of_date
    from figures
    cross join run
    left join stated_figures
        on figures.figure_name = stated_figures.figure_name
),

standing as (
    select
        dated.figure_name,
        dated.programme_code,
        dated.as_of_date,
        standards.standard_amount_yuan
    from dated
    inner join standards
        on
            dated.programme_code = standards.programme_code
            and dated.as_of_date >= standards.valid_from_date
            and coalesce(dated.as_of_date <= standards.valid_to_date, true)
    where dated.kind_code = 'standard'
),

-- Several districts with different standards have no one standard.
settled as (
    select
        figure_name,
        programme_code,
        min(standard_amount_yuan) as standard_amount_yuan
    from standing
    group by figure_name, programme_code
    having min(standard_amount_yuan) = max(standard_amount_yuan)
),

rostered as (
    select
        enrolments.programme_code || '_persons' as figure_name,
        cast(count(*) as double) as numerator,
        cast(null as double) as denominator
    from enrolments
    inner join run
        on enrolments.month = run.business_month
    group by enrolments.programme_code
    union all
    select
        household_enrolments.programme_code || '_households' as figure_name,
        cast(count(*) as double) as numerator,
        cast(null as double) as denominator
    from household_enrolments
    inner join run
        on household_enrolments.month = run.business_month
    group by household_enrolments.programme_code
),

priced as (
    select
        figure_name,
        cast(standard_amount_yuan as double) as numerator,
        cast(null as double) as denominator
    from settled
    where figure_name not like '%_increase'
    union all
    select
        settled.figure_name,
        cast(settled.standard_amount_yuan - bases.standard_amount_yuan as double) as numerator,
        cast(null as double) as denominator
    from settled
    inner join settled as bases
        on
            settled.programme_code = bases.programme_code
            and bases.figure_name like '%_base'
    where settled.figure_name like '%_increase'
),

treated as (
    select settlements.*
    from settlements
    inner join run
        on
            settlements.service_date >= run.year_start_date
            and settlements.service_date < cast(run.year_start_date + interval 12 month as date)
),

backstopped as (
    select
        count(distinct coalesce(household_key, person_key)) as household_count,
        count(distinct person_key) as person_count,
        coalesce(sum(backstop_amount_yuan), 0) as backstop_amount_yuan
    from treated
    where backstop_amount_yuan > 0
),

-- Working definition: the report gives no denominator.
protected as (
    select
        sum(
            basic_amount_yuan + serious_illness_amount_yuan + medical_assistance_amount_yuan + other_amount_yuan
            + backstop_amount_yuan
        ) as borne_amount_yuan,
        sum(in_scope_amount_yuan) as in_scope_amount_yuan
    from treated
    where programme_code in ('dibao', 'dibian', 'tekun')
),

counted as (
    select * from rostered
    union all
    select * from priced
    union all
    select
        'medical_backstop_households' as figure_name,
        cast(household_count as double) as numerator,
        null as denominator
    from backstopped
    union all
    select
        'medical_backstop_persons' as figure_name,
        cast(person_count as double) as numerator,
        null as denominator
    from backstopped
    union all
    select
        'medical_backstop_yuan' as figure_name,
        cast(backstop_amount_yuan as double) as numerator,
        null as denominator
    from backstopped
    union all
    select
        'medical_coverage_rate' as figure_name,
        cast(borne_amount_yuan as double) as numerator,
        cast(in_scope_amount_yuan as double) as denominator
    from protected
    union all
    select
        'visited_households' as figure_name,
        cast(count(distinct household_key) as double) as numerator,
        null as denominator
    from visits
    union all
    select
        'verification_reports' as figure_name,
        cast(count(*) as double) as numerator,
        null as denominator
    from reports
    union all
    select
        'recovered_yuan' as figure_name,
        cast(coalesce(sum(recovered_amount_yuan), 0) as double) as numerator,
        null as denominator
    from recoveries
    where programme_code = 'dibao'
    union all
    select
        'fiscal_share' as figure_name,
        cast(coalesce(sum(case when is_fiscal then fund_amount_yuan end), 0) as double) as numerator,
        cast(sum(fund_amount_yuan) as double) as denominator
    from funds
),

-- What a figure rests on, and whether all of it is there.
rested as (
    select
        dated.figure_name,
        {{ joined_text("deliveries.department_name || '·' || deliveries.extract_label") }} as sources,
        min(deliveries.month) as first_month,
        max(deliveries.month) as last_month,
        sum(case when deliveries.status_code = 'landed' then 1 else 0 end) as landed_count,
        sum(case when deliveries.status_code = 'landed' then 0 else 1 end) as open_count,
        sum(coalesce(deliveries.rejected_count, 0)) as rejected_count
    from dated
    inner join deliveries
        on
            ('、' || dated.table_names || '、') like ('%、' || deliveries.table_name || '、%')
            and coalesce(dated.programme_code = deliveries.programme_code, true)
            and case dated.period_code
                when 'month' then dated.business_month = deliveries.month
                when 'year'
                    then
                        dated.year_start_date <= deliveries.month
                        and deliveries.month < cast(dated.year_start_date + interval 12 month as date)
                else true
            end
    group by dated.figure_name
),

spanned as (
    select
        dated.*,
        case dated.period_code
            when 'year' then dated.year_start_date
            when 'history' then rested.first_month
        end as period_start_date,
        case dated.period_code
            when 'year' then cast(dated.year_start_date + interval 12 month - interval 1 day as date)
            when 'history' then last_day(rested.last_month)
        end as period_end_date,
        rested.sources,
        coalesce(rested.landed_count, 0) as landed_count,
        coalesce(rested.open_count, 0) as open_count,
        coalesce(rested.rejected_count, 0) as rejected_count
    from dated
    left join rested
        on dated.figure_name = rested.figure_name
),

-- Nothing landed: no data, which is not 0. A month's roster is there as a whole or not.
valued as (
    select
        spanned.*,
        case when counted.denominator is null then counted.numerator else counted.numerator / counted.denominator end
            as figure_value,
        counted.numerator,
        counted.denominator
    from spanned
    left join counted
        on
            spanned.figure_name = counted.figure_name
            and spanned.landed_count > 0
            and not (spanned.period_code = 'month' and spanned.open_count > 0)
),

final as (
    select
        valued.figure_name as name,
        valued.figure_label as label,
        valued.figure_value as value,
        valued.numerator,
        valued.denominator,
        valued.unit,
        valued.as_of_date as as_of,
        valued.period_start_date as period_start,
        valued.period_end_date as period_end,
        case
            when valued.period_code = 'year' then extract(year from valued.period_start_date) || '年'
            when valued.period_start_date is not null
                then
                    extract(year from valued.period_start_date)
                    || '年'
                    || extract(month from valued.period_start_date)
                    || '月–'
                    || extract(year from valued.period_end_date)
                    || '年'
                    || extract(month from valued.period_end_date)
                    || '月'
        end as period,
        case
            when valued.figure_value is null then null
            when valued.kind_code = 'standard' or valued.rejected_count + valued.open_count = 0 then '='
            when valued.kind_code = 'ratio' then '≈'
            else '≥'
        end as bound,
        valued.sources,
        cast(stated_figures.stated_value as double) as stated,
        stated_figures.stated_bound,
        stated_figures.stated_source,
        -- A statement about another date is not held against this one.
        case
            when stated_figures.stated_as_of_date <> valued.as_of_date then null
            when stated_figures.stated_bound = '='
                then
                    abs(valued.figure_value - cast(stated_figures.stated_value as double))
                    <= cast(stated_figures.stated_precision as double) / 2 + 1e-9
            when stated_figures.stated_bound = '≥'
                then valued.figure_value >= cast(stated_figures.stated_value as double)
        end as agrees,
        valued.sort_order
    from valued
    left join stated_figures
        on valued.figure_name = stated_figures.figure_name
)

select * from final
