with areas as (
    select * from {{ ref('int_areas__described') }}
),

scoped as (
    select * from {{ ref('int_areas__scoped') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

final as (
    select
        areas.area_code,
        programme_months.month,
        programme_months.programme_code,
        bases.basis_code,
        areas.level_code,
        areas.parent_area_code,
        scoped.scope_area_code,
        programme_months.previous_roster_month,
        programme_months.has_roster,
        programme_months.has_household_roster,
        programme_months.has_payments,
        programme_months.is_restated
    from areas
    inner join scoped
        on areas.area_code = scoped.area_code
    inner join programme_months
        on
            areas.valid_from_month <= programme_months.month
            and coalesce(areas.valid_to_month >= programme_months.month, true)
    cross join bases
)

select * from final
