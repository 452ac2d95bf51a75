with items as (
    select * from {{ ref('fct_income_items') }}
),

disputes as (
    select * from {{ ref('fct_disputes') }}
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

area_codes as (
    select * from {{ ref('dim_area_codes') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

fed as (
    select distinct month
    from deliveries
    where table_name = 'income_items' and status_code = 'landed'
),

begun as (
    select min(month) as first_month
    from fed
),

-- An item of income, or an objection to one: both count with who vouches for the item, and in the sum of all.
told as (
    select
        income_source_code,
        month,
        hukou_area_code,
        residence_area_code,
        income_verification_code,
        null as dispute_outcome_code,
        cast(null as date) as closed_date,
        declared_amount_yuan,
        verified_amount_yuan
    from items
    union all
    select
        coalesce(income_source_code, 'unknown') as income_source_code,
        month,
        hukou_area_code,
        residence_area_code,
        null as income_verification_code,
        dispute_outcome_code,
        closed_date,
        null as declared_amount_yuan,
        null as verified_amount_yuan
    from disputes
),

placed as (
    select
        told.*,
        bases.basis_code,
        {{ area_on_basis('told') }} as village_code
    from told
    cross join bases
),

-- Everybody declares once a year: the twelve months up to each month hold every household once.
windowed as (
    select
        placed.*,
        months.month as as_of_month,
        coalesce(placed.closed_date <= months.month_end_date, false) as is_closed,
        area_codes.mapped_area_code
    from placed
    inner join months
        on
            placed.month <= months.month
            and {{ month_count('placed.month', 'months.month') }} < {{ cutoff('window_months') }}
    inner join area_codes
        on
            placed.village_code = area_codes.area_code
            and months.month = area_codes.month
),

by_source as (
    select
        ancestors.ancestor_area_code as area_code,
        windowed.as_of_month as month,
        windowed.basis_code,
        windowed.income_source_code,
        count(windowed.income_verification_code) as items_count,
        sum(windowed.declared_amount_yuan) as declared_amount_yuan,
        sum(case when windowed.income_verification_code = 'unverified' then windowed.declared_amount_yuan end)
            as unverified_amount_yuan,
        sum(case when windowed.income_verification_code = 'contradicted' then 1 else 0 end) as contradicted_count,
        sum(
            case
                when windowed.income_verification_code = 'contradicted'
                    then windowed.verified_amount_yuan - windowed.declared_amount_yuan
            end
        ) as undeclared_amount_yuan,
        count(windowed.dispute_outcome_code) as disputes_count,
        sum(case when windowed.is_closed and windowed.dispute_outcome_code = 'upheld' then 1 else 0 end)
            as disputes_upheld_count,
        sum(case when windowed.is_closed and windowed.dispute_outcome_code = 'rejected' then 1 else 0 end)
            as disputes_rejected_count,
        sum(case when windowed.is_closed and windowed.dispute_outcome_code = 'withdrawn' then 1 else 0 end)
            as disputes_withdrawn_count
    from windowed
    inner join ancestors
        on windowed.mapped_area_code = ancestors.area_code
    group by
        ancestors.ancestor_area_code,
        windowed.as_of_month,
        windowed.basis_code,
        windowed.income_source_code
),

counted as (
    select * from by_source
    union all
    select
        area_code,
        month,
        basis_code,
        'all' as income_source_code,
        sum(items_count) as items_count,
        sum(declared_amount_yuan) as declared_amount_yuan,
        sum(unverified_amount_yuan) as unverified_amount_yuan,
        sum(contradicted_count) as contradicted_count,
        sum(undeclared_amount_yuan) as undeclared_amount_yuan,
        sum(disputes_count) as disputes_count,
        sum(disputes_upheld_count) as disputes_upheld_count,
        sum(disputes_rejected_count) as disputes_rejected_count,
        sum(disputes_withdrawn_count) as disputes_withdrawn_count
    from by_source
    group by area_code, month, basis_code
),

sources as (
    select distinct income_source_code
    from counted
),

spanned as (
    select
        areas.area_code,
        areas.level_code,
        months.month,
        bases.basis_code,
        sources.income_source_code,
        fed.month is not null as has_feed
    from areas
    inner join months
        on
            areas.level_code <> 'special'
            and areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
    inner join begun
        on months.month >= begun.first_month
    cross join bases
    cross join sources
    left join fed
        on months.month = fed.month
),

final as (
    select
        spanned.area_code,
        spanned.level_code,
        spanned.month,
        spanned.basis_code,
        spanned.income_source_code,
    {% for measure in [
        'items_count', 'contradicted_count', 'disputes_count', 'disputes_upheld_count', 'disputes_rejected_count',
        'disputes_withdrawn_count',
    ] %}
            case when spanned.has_feed then cast(coalesce(counted.{{ measure }}, 0) as bigint) end as {{ measure }},
        {% endfor %}
        {% for measure in ['declared_amount_yuan', 'unverified_amount_yuan', 'undeclared_amount_yuan'] %}
            case when spanned.has_feed then cast(coalesce(counted.{{ measure }}, 0) as decimal(18, 2)) end
                as {{ measure }},
        {% endfor %}
        case when spanned.has_feed then coalesce(counted.unverified_amount_yuan, 0) end
        / nullif(cast(counted.declared_amount_yuan as double), 0) as income_unverified_share,
        case when spanned.has_feed then counted.disputes_upheld_count end
        / nullif(cast(counted.disputes_upheld_count + counted.disputes_rejected_count as double), 0)
            as dispute_upheld_share,
        case
            when not spanned.has_feed then 'no_data'
            when coalesce(counted.items_count, 0) = 0 then 'not_applicable'
            when counted.items_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from spanned
    left join counted
        on
            spanned.area_code = counted.area_code
            and spanned.month = counted.month
            and spanned.basis_code = counted.basis_code
            and spanned.income_source_code = counted.income_source_code
)

select * from final
