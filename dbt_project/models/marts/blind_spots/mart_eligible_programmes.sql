{% set measures = ['open', 'pending', 'declined', 'rejected', 'informed'] -%}

with eligible as (
    select * from {{ ref('fct_eligible_programmes') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

months as (
    select * from {{ ref('dim_months') }}
    where is_business_month
),

suggested as (
    select distinct programme_code
    from {{ ref('hardship_programmes') }}
    where is_suggested
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        eligible.programme_code,
        bases.basis_code,
        count(*) as eligible_count,
        {% for standing in measures[:4] %}
            sum(case when eligible.standing_code = '{{ standing }}' then 1 else 0 end) as {{ standing }}_count,
        {% endfor %}
        sum(case when eligible.standing_code = 'open' and eligible.notified_date is not null then 1 else 0 end)
            as informed_count
    from eligible
    cross join bases
    inner join ancestors
        on
            {{ area_on_basis('eligible') }} = ancestors.area_code
    group by ancestors.ancestor_area_code, eligible.programme_code, bases.basis_code
),

counted as (
    select
        areas.area_code,
        months.month,
        suggested.programme_code,
        bases.basis_code,
        areas.area_name,
        areas.level_code,
        coalesce(rolled.eligible_count, 0) as eligible_count,
    {% for measure in measures %}
        cast(coalesce(rolled.{{ measure }}_count, 0) as bigint) as {{ measure }}_count{{ ',' if not loop.last }}
    {% endfor %}
    from areas
    inner join months
        on
            areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
    cross join suggested
    cross join bases
    left join rolled
        on
            areas.area_code = rolled.area_code
            and suggested.programme_code = rolled.programme_code
            and bases.basis_code = rolled.basis_code
),

final as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        area_name,
        level_code,
        eligible_count,
        open_count,
        pending_count,
        declined_count,
        rejected_count,
        informed_count,
        cast(informed_count as double) / nullif(open_count, 0) as informed_share,
        case
            when level_code = 'special' or eligible_count = 0 then 'not_applicable'
            when eligible_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from counted
)

select * from final
