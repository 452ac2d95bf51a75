with staff as (
    select * from {{ ref('int_staff__weighed') }}
),

households as (
    select * from {{ ref('int_household_enrolments__counted') }}
),

ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

quarters as (
    select distinct month
    from staff
),

chosen as (
    {{ latest_list('quarters') }}
),

posted as (
    select
        staff.area_code,
        chosen.month,
        {{ exact_sum('staff.full_time_equivalents') }} as full_time_equivalents
    from chosen
    inner join staff
        on chosen.list_month = staff.month
    where
        staff.hired_date <= last_day(chosen.month)
        and coalesce(staff.left_date > last_day(chosen.month), true)
    group by staff.area_code, chosen.month
),

-- A village has no staff of its own: its households are those of the street, or whatever area the staff are told of.
listed as (
    select
        ancestors.ancestor_area_code as area_code,
        households.month,
        households.programme_code,
        bases.basis_code,
        count(*) as cases_count
    from households
    cross join bases
    inner join ancestors
        on
            ancestors.area_code
            = {{ area_on_basis('households') }}
    group by ancestors.ancestor_area_code, households.month, households.programme_code, bases.basis_code
),

programme_months as (
    select distinct
        month,
        programme_code
    from households
),

final as (
    select
        posted.area_code,
        posted.month,
        programme_months.programme_code,
        bases.basis_code,
        'cases_per_fte' as indicator_code,
        cast(coalesce(listed.cases_count, 0) as double) as numerator,
        posted.full_time_equivalents as denominator,
        coalesce(listed.cases_count, 0) as persons_count
    from posted
    inner join programme_months
        on posted.month = programme_months.month
    cross join bases
    left join listed
        on
            posted.area_code = listed.area_code
            and posted.month = listed.month
            and programme_months.programme_code = listed.programme_code
            and bases.basis_code = listed.basis_code
)

select * from final
