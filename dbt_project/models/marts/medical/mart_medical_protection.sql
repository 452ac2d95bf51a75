with settlements as (
    select * from {{ ref('fct_settlements') }}
),

evidence as (
    select * from {{ ref('fct_finding_evidence') }}
),

deliveries as (
    select * from {{ ref('fct_deliveries') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

programmes as (
    select * from {{ ref('dim_programmes') }}
),

treated as (
    select
        ancestors.ancestor_area_code as area_code,
        cast(date_trunc('year', settlements.service_date) as date) as year_start_date,
        settlements.programme_code,
        count(*) as settlements_count,
        count(distinct settlements.person_key) as persons_count,
        count(distinct case when settlements.backstop_amount_yuan > 0 then settlements.person_key end)
            as backstopped_persons_count,
        sum(settlements.total_amount_yuan) as total_amount_yuan,
        sum(settlements.in_scope_amount_yuan) as in_scope_amount_yuan,
        sum(settlements.basic_amount_yuan) as basic_amount_yuan,
        sum(settlements.serious_illness_amount_yuan) as serious_illness_amount_yuan,
        sum(settlements.medical_assistance_amount_yuan) as medical_assistance_amount_yuan,
        sum(settlements.other_amount_yuan) as other_amount_yuan,
        sum(settlements.self_paid_amount_yuan) as self_paid_amount_yuan,
        sum(settlements.backstop_amount_yuan) as backstop_amount_yuan
    from settlements
    inner join ancestors
        on settlements.hukou_area_code = ancestors.area_code
    where settlements.programme_code is not null
    group by
        ancestors.ancestor_area_code,
        cast(date_trunc('year', settlements.service_date) as date),
        settlements.programme_code
),

-- A year of which a month was not delivered is told, but not as if it were whole.
delivered as (
    select
        cast(date_trunc('year', month) as date) as year_start_date,
        sum(case when status_code = 'landed' then 1 else 0 end) as landed_month_count,
        sum(case when status_code = 'landed' then 0 else 1 end) as open_month_count
    from deliveries
    where table_name = 'settlements' and month is not null
    group by cast(date_trunc('year', month) as date)
),

unprotected as (
    select
        ancestors.ancestor_area_code as area_code,
        cast(date_trunc('year', evidence.month) as date) as year_start_date,
        evidence.programme_code,
        count(distinct evidence.person_key) as unprotected_persons_count
    from evidence
    inner join ancestors
        on evidence.hukou_area_code = ancestors.area_code
    where evidence.rule_code = 'above_cap_without_backstop'
    group by
        ancestors.ancestor_area_code, cast(date_trunc('year', evidence.month) as date), evidence.programme_code
),

final as (
    select
        treated.area_code,
        treated.year_start_date,
        treated.programme_code,
        areas.area_name,
        areas.level_code,
        areas.parent_area_name as parent_name,
        programmes.programme_name,
        cast(delivered.landed_month_count as bigint) as month_count,
        cast(treated.settlements_count as bigint) as settlements_count,
        cast(treated.persons_count as bigint) as persons_count,
        cast(treated.total_amount_yuan as decimal(18, 2)) as total_amount_yuan,
        cast(treated.in_scope_amount_yuan as decimal(18, 2)) as in_scope_amount_yuan,
        cast(treated.basic_amount_yuan as decimal(18, 2)) as basic_amount_yuan,
        cast(treated.serious_illness_amount_yuan as decimal(18, 2)) as serious_illness_amount_yuan,
        cast(treated.medical_assistance_amount_yuan as decimal(18, 2)) as medical_assistance_amount_yuan,
        cast(treated.other_amount_yuan as decimal(18, 2)) as other_amount_yuan,
        cast(treated.self_paid_amount_yuan as decimal(18, 2)) as self_paid_amount_yuan,
        cast(treated.backstop_amount_yuan as decimal(18, 2)) as backstop_amount_yuan,
        cast(treated.backstopped_persons_count as bigint) as backstopped_persons_count,
        cast(coalesce(unprotected.unprotected_persons_count, 0) as bigint) as unprotected_persons_count,
        cast(
            treated.basic_amount_yuan
            + treated.serious_illness_amount_yuan
            + treated.medical_assistance_amount_yuan
            + treated.other_amount_yuan
            + treated.backstop_amount_yuan as double
        ) / nullif(cast(treated.in_scope_amount_yuan as double), 0) as protection_ratio,
        case
            when delivered.open_month_count > 0 then 'no_data'
            when treated.persons_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from treated
    inner join areas
        on treated.area_code = areas.area_code
    inner join programmes
        on treated.programme_code = programmes.programme_code
    inner join delivered
        on treated.year_start_date = delivered.year_start_date
    left join unprotected
        on
            treated.area_code = unprotected.area_code
            and treated.year_start_date = unprotected.year_start_date
            and treated.programme_code = unprotected.programme_code
)

select * from final
