with trainings as (
    select * from {{ ref('fct_trainings') }}
),

deliveries as (
    select * from {{ ref('fct_deliveries') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

bases as (
    select
        code as basis_code,
        code_name as basis_name
    from {{ ref('dim_codes') }}
    where code_type = 'basis_code'
),

delivered as (
    select
        month,
        max(case when status_code = 'landed' then 1 else 0 end) = 1 as has_feed
    from deliveries
    where table_name = 'trainings'
    group by month
),

-- Once a village and month, so that twelve windows add up few rows.
monthly as (
    select
        {{ area_on_basis('trainings') }} as area_code,
        trainings.month,
        bases.basis_code,
        count(*) as trainings_count,
        count(trainings.is_need_matched) as assessed_count,
        sum(case when trainings.is_need_matched then 1 else 0 end) as need_matched_count,
        count(trainings.is_wish_matched) as asked_count,
        sum(case when trainings.is_wish_matched then 1 else 0 end) as wish_matched_count,
        sum(case when trainings.is_need_matched and trainings.is_employed is not null then 1 else 0 end)
            as matched_followed_up_count,
        sum(case when trainings.is_need_matched and trainings.is_employed then 1 else 0 end)
            as matched_employed_count,
        sum(case when not trainings.is_need_matched and trainings.is_employed is not null then 1 else 0 end)
            as unmatched_followed_up_count,
        sum(case when not trainings.is_need_matched and trainings.is_employed then 1 else 0 end)
            as unmatched_employed_count
    from trainings
    cross join bases
    group by
        {{ area_on_basis('trainings') }},
        trainings.month,
        bases.basis_code
),

{% set counts = [
    'trainings_count', 'assessed_count', 'need_matched_count', 'asked_count', 'wish_matched_count',
    'matched_followed_up_count', 'matched_employed_count',
    'unmatched_followed_up_count', 'unmatched_employed_count',
] -%}

rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        delivered.month,
        monthly.basis_code,
    {% for name in counts %}
        sum(monthly.{{ name }}) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    from monthly
    inner join delivered
        on
            monthly.month <= delivered.month
            and {{ months_after('monthly.month', cutoff('window_months')) }} > delivered.month
    inner join ancestors
        on monthly.area_code = ancestors.area_code
    group by
        ancestors.ancestor_area_code,
        delivered.month,
        monthly.basis_code
),

spanned as (
    select
        areas.area_code,
        months.month,
        'employment' as programme_code,
        bases.basis_code,
        areas.area_name,
        areas.level_code,
        areas.parent_area_code,
        areas.parent_area_name as parent_name,
        bases.basis_name,
        delivered.has_feed
    from delivered
    inner join months
        on delivered.month = months.month
    inner join areas
        on
            coalesce(months.month >= areas.valid_from_month, true)
            and coalesce(months.month <= areas.valid_to_month, true)
    cross join bases
),

counted as (
    select
        spanned.*,
    {% for name in counts %}
        case when spanned.has_feed then cast(coalesce(rolled.{{ name }}, 0) as bigint) end
            as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    from spanned
    left join rolled
        on
            spanned.area_code = rolled.area_code
            and spanned.month = rolled.month
            and spanned.basis_code = rolled.basis_code
),

final as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        area_name,
        level_code,
        parent_area_code,
        parent_name,
        basis_name,
        trainings_count,
        assessed_count,
        need_matched_count,
        asked_count,
        wish_matched_count,
        matched_followed_up_count,
        matched_employed_count,
        unmatched_followed_up_count,
        unmatched_employed_count,
        cast(need_matched_count as double) / nullif(assessed_count, 0) as need_match_share,
        cast(wish_matched_count as double) / nullif(asked_count, 0) as wish_match_share,
        cast(matched_employed_count as double) / nullif(matched_followed_up_count, 0) as matched_employed_share,
        cast(unmatched_employed_count as double) / nullif(unmatched_followed_up_count, 0) as unmatched_employed_share,
        case
            when not has_feed then 'no_data'
            when level_code = 'special' or assessed_count = 0 then 'not_applicable'
            when assessed_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from counted
)

select * from final
