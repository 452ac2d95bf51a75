with disabilities as (
    select * from {{ ref('fct_disabilities') }}
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

months as (
    select * from {{ ref('dim_months') }}
),

begun as (
    select min(month) as first_month from disabilities
),

-- Every month since the first quarter; without one where the list that was due is missing.
told as (
    select
        months.month,
        max(disabilities.disability_month) as disability_month
    from months
    inner join begun
        on months.month >= begun.first_month
    left join disabilities
        on months.month = disabilities.month
    group by months.month
),

placed as (
    select
        {{ area_on_basis('disabilities') }} as area_code,
        bases.basis_code,
        disabilities.month,
        disabilities.disability_grade_code,
        disabilities.is_enrolled,
        disabilities.has_any_benefit,
        disabilities.has_living_subsidy or disabilities.has_care_subsidy as has_subsidy
    from disabilities
    cross join bases
    where disabilities.is_severe
),

rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        placed.month,
        placed.basis_code,
        count(*) as severe_persons_count,
        sum(case when placed.has_subsidy then 1 else 0 end) as subsidised_count,
        sum(case when placed.is_enrolled then 1 else 0 end) as enrolled_count,
        sum(case when placed.is_enrolled and not placed.has_subsidy then 1 else 0 end) as enrolled_only_count,
        sum(case when placed.has_any_benefit then 1 else 0 end) as benefited_count,
        sum(case when placed.has_any_benefit then 0 else 1 end) as without_benefit_count,
        sum(case when placed.disability_grade_code = 'one' and not placed.has_any_benefit then 1 else 0 end)
            as grade_one_without_benefit_count
    from placed
    inner join ancestors
        on placed.area_code = ancestors.area_code
    group by
        ancestors.ancestor_area_code,
        placed.month,
        placed.basis_code
),

spanned as (
    select
        areas.area_code,
        told.month,
        bases.basis_code,
        areas.area_name,
        areas.level_code,
        areas.parent_area_code,
        areas.parent_area_name as parent_name,
        bases.basis_name,
        told.disability_month
    from told
    inner join areas
        on
            coalesce(told.month >= areas.valid_from_month, true)
            and coalesce(told.month <= areas.valid_to_month, true)
    cross join bases
),

{% set counts = [
    'severe_persons_count', 'subsidised_count', 'enrolled_count', 'enrolled_only_count', 'benefited_count',
    'without_benefit_count', 'grade_one_without_benefit_count',
] -%}

counted as (
    select
        spanned.*,
    {% for name in counts %}
        case when spanned.disability_month is not null then cast(coalesce(rolled.{{ name }}, 0) as bigint) end
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
        basis_code,
        area_name,
        level_code,
        parent_area_code,
        parent_name,
        basis_name,
        disability_month,
        severe_persons_count,
        subsidised_count,
        enrolled_count,
        enrolled_only_count,
        benefited_count,
        without_benefit_count,
        grade_one_without_benefit_count,
        cast(benefited_count as double) / nullif(severe_persons_count, 0) as benefited_share,
        case
            when disability_month is null then 'no_data'
            when level_code = 'special' or severe_persons_count = 0 then 'not_applicable'
            when severe_persons_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from counted
)

select * from final
