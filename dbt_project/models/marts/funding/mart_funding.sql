{% set sources = ['central', 'provincial', 'municipal', 'district', 'street', 'donation', 'other'] -%}

with funds as (
    select * from {{ ref('fct_funds') }}
),

donations as (
    select * from {{ ref('fct_donations') }}
),

area_months as (
    select * from {{ ref('fct_area_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

-- What the charity federation spends goes round the finance office: both together are the money of an area.
booked as (
    select
        area_code,
        month,
        fund_source_code,
        is_fiscal,
        fund_amount_yuan
    from funds
    union all
    select
        spent_area_code as area_code,
        month,
        'donation' as fund_source_code,
        false as is_fiscal,
        donation_amount_yuan as fund_amount_yuan
    from donations
    where is_received and spent_area_code is not null
),

booked_months as (
    select distinct month
    from funds
),

begun as (
    select min(month) as month
    from booked_months
),

-- A window holds its month and those before it; one that a feed lacks cannot be told.
windows as (
    select
        months.month,
        count(*) as month_count,
        count(booked_months.month) as told_month_count
    from months
    inner join months as within
        on
            months.month >= within.month
            and {{ month_count('within.month', 'months.month') }} < {{ cutoff('window_months') }}
    inner join begun
        on within.month >= begun.month
    left join booked_months
        on within.month = booked_months.month
    group by months.month
),

monthly as (
    select
        ancestors.ancestor_area_code as area_code,
        booked.month,
        booked.fund_source_code,
        booked.is_fiscal,
        sum(booked.fund_amount_yuan) as fund_amount_yuan
    from booked
    inner join ancestors
        on booked.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, booked.month, booked.fund_source_code, booked.is_fiscal
),

mixed as (
    select
        monthly.area_code,
        windows.month,
        monthly.fund_source_code,
        monthly.is_fiscal,
        cast(sum(monthly.fund_amount_yuan) as decimal(18, 2)) as fund_amount_yuan
    from windows
    inner join monthly
        on
            windows.month >= monthly.month
            and {{ month_count('monthly.month', 'windows.month') }} < {{ cutoff('window_months') }}
    group by monthly.area_code, windows.month, monthly.fund_source_code, monthly.is_fiscal
),

shared as (
    select
        *,
        cast(fund_amount_yuan as double) / nullif(cast(sum(fund_amount_yuan) over (
            partition by area_code, month
        ) as double), 0) as fund_share
    from mixed
),

funded as (
    select
        area_code,
        month,
        sum(fund_amount_yuan) as fund_amount_yuan,
        sum(case when is_fiscal then fund_amount_yuan else 0 end) as fiscal_amount_yuan,
        {% for source in sources %}
            sum(case when fund_source_code = '{{ source }}' then fund_amount_yuan else 0 end)
                as {{ source }}_amount_yuan,
        {% endfor %}
        {{ exact_sum('fund_share * fund_share') }} as source_herfindahl_index
    from shared
    group by area_code, month
),

-- Of what is raised in an area, how much is spent in it.
raised_monthly as (
    select
        donor_ancestors.ancestor_area_code as area_code,
        donations.month,
        sum(case when donations.is_received then donations.donation_amount_yuan else 0 end) as raised_amount_yuan,
        sum(case
            when donations.is_received and donations.spent_area_code is not null then donations.donation_amount_yuan
            else 0
        end) as raised_spent_amount_yuan,
        sum(case
            when donations.is_received and spent_ancestors.area_code is not null then donations.donation_amount_yuan
            else 0
        end) as raised_spent_here_amount_yuan,
        sum(case when donations.is_unmatched_offer then 1 else 0 end) as unmatched_offers_count,
        sum(case when donations.is_unmatched_offer then donations.donation_amount_yuan else 0 end)
            as unmatched_offers_amount_yuan
    from donations
    inner join ancestors as donor_ancestors
        on donations.donor_area_code = donor_ancestors.area_code
    left join ancestors as spent_ancestors
        on
            donations.spent_area_code = spent_ancestors.area_code
            and donor_ancestors.ancestor_area_code = spent_ancestors.ancestor_area_code
    group by donor_ancestors.ancestor_area_code, donations.month
),

raised as (
    select
        raised_monthly.area_code,
        windows.month,
        sum(raised_monthly.raised_amount_yuan) as raised_amount_yuan,
        sum(raised_monthly.raised_spent_amount_yuan) as raised_spent_amount_yuan,
        sum(raised_monthly.raised_spent_here_amount_yuan) as raised_spent_here_amount_yuan,
        sum(raised_monthly.unmatched_offers_count) as unmatched_offers_count,
        sum(raised_monthly.unmatched_offers_amount_yuan) as unmatched_offers_amount_yuan
    from windows
    inner join raised_monthly
        on
            windows.month >= raised_monthly.month
            and {{ month_count('raised_monthly.month', 'windows.month') }} < {{ cutoff('window_months') }}
    group by raised_monthly.area_code, windows.month
),

populated as (
    select
        area_code,
        month,
        max(population_count) as population_count
    from area_months
    where basis_code = 'resident'
    group by area_code, month
),

valued as (
    select
        areas.area_code,
        windows.month,
        areas.level_code,
        windows.told_month_count,
        populated.population_count,
        funded.source_herfindahl_index,
        {% for measure in ['fund', 'fiscal'] + sources %}
            funded.{{ measure }}_amount_yuan,
        {% endfor %}
        {% for measure in ['raised', 'raised_spent', 'raised_spent_here', 'unmatched_offers'] %}
            raised.{{ measure }}_amount_yuan,
        {% endfor %}
        raised.unmatched_offers_count,
        case
            when windows.told_month_count < windows.month_count then 'no_data'
            when areas.level_code = 'special' or coalesce(funded.fund_amount_yuan, 0) = 0 then 'not_applicable'
            else 'ok'
        end as status
    from areas
    inner join windows
        on
            areas.valid_from_month <= windows.month
            and coalesce(areas.valid_to_month >= windows.month, true)
    left join populated
        on
            areas.area_code = populated.area_code
            and windows.month = populated.month
    left join funded
        on
            areas.area_code = funded.area_code
            and windows.month = funded.month
    left join raised
        on
            areas.area_code = raised.area_code
            and windows.month = raised.month
    -- Money is booked by street.
    where areas.level_code <> 'village'
),

final as (
    select
        area_code,
        month,
        level_code,
        told_month_count,
        cast(population_count as bigint) as population_count,
        {% for measure in ['fund', 'fiscal'] + sources %}
            cast(case when status <> 'no_data' then coalesce({{ measure }}_amount_yuan, 0) end as decimal(18, 2))
                as {{ measure }}_amount_yuan,
        {% endfor %}
        case when status = 'ok' then cast(fiscal_amount_yuan as double) / cast(fund_amount_yuan as double) end
            as fiscal_share,
        case when status = 'ok' then source_herfindahl_index end as source_herfindahl_index,
        {% for measure in ['raised', 'raised_spent', 'raised_spent_here', 'unmatched_offers'] %}
            cast(coalesce({{ measure }}_amount_yuan, 0) as decimal(18, 2)) as {{ measure }}_amount_yuan,
        {% endfor %}
        cast(coalesce(unmatched_offers_count, 0) as bigint) as unmatched_offers_count,
        case
            when level_code <> 'special'
                then cast(coalesce(raised_amount_yuan, 0) as double) / nullif(population_count, 0)
        end as donations_per_head_yuan,
        case
            when raised_spent_amount_yuan > 0
                then cast(raised_spent_here_amount_yuan as double) / cast(raised_spent_amount_yuan as double)
        end as spent_here_share,
        status
    from valued
)

select * from final
