{% set measures = [
    'applications', 'rejections', 'near_misses', 'narrow_misses', 'far_misses', 'unexplained_rejections',
] -%}

with applications as (
    select * from {{ ref('fct_housing_applications') }}
    where decision_month is not null
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

codes as (
    select * from {{ ref('dim_area_codes') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

programmes as (
    select * from {{ ref('dim_programmes') }}
    where programme_code = 'housing'
),

bases as (
    select
        code as basis_code,
        code_name as basis_name
    from {{ ref('dim_codes') }}
    where code_type = 'basis_code'
),

fed as (
    select distinct month
    from deliveries
    where status_code = 'landed' and table_name = 'housing_applications'
),

begun as (
    select min(month) as first_month
    from fed
),

-- Twelve months: a street refuses a handful of applicants in one.
windowed as (
    select
        fed.month,
        bases.basis_code,
        {{ area_on_basis('applications') }} as area_code,
        applications.is_rejected,
        applications.is_near_miss,
        applications.is_narrow_miss,
        applications.is_rejected and applications.failed_criteria_count >= 2 as is_far_miss,
        applications.is_rejected
        and applications.failed_criteria_count = 0
        and applications.unmeasured_criteria_count = 0 as is_unexplained
    from applications
    inner join fed
        on
            applications.decision_month <= fed.month
            and {{ months_after('applications.decision_month', 12) }} > fed.month
    cross join bases
),

counted as (
    select
        ancestors.ancestor_area_code as area_code,
        windowed.month,
        windowed.basis_code,
        count(*) as applications_count,
        sum(case when windowed.is_rejected then 1 else 0 end) as rejections_count,
        sum(case when windowed.is_near_miss then 1 else 0 end) as near_misses_count,
        sum(case when windowed.is_narrow_miss then 1 else 0 end) as narrow_misses_count,
        sum(case when windowed.is_far_miss then 1 else 0 end) as far_misses_count,
        sum(case when windowed.is_unexplained then 1 else 0 end) as unexplained_rejections_count
    from windowed
    inner join codes
        on
            windowed.area_code = codes.area_code
            and windowed.month = codes.month
    inner join ancestors
        on codes.mapped_area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, windowed.month, windowed.basis_code
),

spanned as (
    select
        areas.area_code,
        months.month,
        programmes.programme_code,
        bases.basis_code,
        areas.area_name,
        areas.level_code,
        areas.level_name,
        areas.parent_area_code,
        areas.parent_area_name as parent_name,
        programmes.programme_name,
        bases.basis_name,
        {% for measure in measures %}
            case when fed.month is not null then cast(coalesce(counted.{{ measure }}_count, 0) as bigint) end
                as {{ measure }}_count,
        {% endfor %}
        fed.month is not null as has_feed
    from areas
    cross join bases
    cross join programmes
    cross join begun
    inner join months
        on
            begun.first_month <= months.month
            and areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
    left join fed
        on months.month = fed.month
    left join counted
        on
            areas.area_code = counted.area_code
            and months.month = counted.month
            and bases.basis_code = counted.basis_code
),

final as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        area_name,
        level_code,
        level_name,
        parent_area_code,
        parent_name,
        programme_name,
        basis_name,
        {% for measure in measures %}
            {{ measure }}_count,
        {% endfor %}
        cast(rejections_count as double) / nullif(applications_count, 0) as rejection_share,
        cast(near_misses_count as double) / nullif(rejections_count, 0) as near_miss_share,
        case
            when not has_feed then 'no_data'
            when level_code = 'special' or rejections_count = 0 then 'not_applicable'
            when rejections_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from spanned
)

select * from final
