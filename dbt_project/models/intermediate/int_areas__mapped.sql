with areas as (
    select * from {{ ref('int_areas__dated') }}
),

special_areas as (
    select * from {{ ref('special_areas') }}
),

successors as (
    select * from {{ ref('int_areas__succeeded') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

area_months as (
    select
        areas.area_code,
        months.month,
        areas.valid_from_month <= months.month
        and coalesce(areas.valid_to_month >= months.month, true) as is_in_force
    from areas
    cross join months
),

-- A department that writes a code too early or too late means the one in force.
counterparts as (
    select
        area_months.area_code,
        area_months.month,
        successors.related_area_code,
        row_number() over (
            partition by area_months.area_code, area_months.month
            order by successors.step_count, successors.related_area_code
        ) as nearness
    from area_months
    inner join successors
        on area_months.area_code = successors.area_code
    inner join area_months as related_months
        on
            successors.related_area_code = related_months.area_code
            and area_months.month = related_months.month
            and related_months.is_in_force
    where not area_months.is_in_force
),

-- Where none can be told (a split code used too late) the code stays: its street is known all the same.
resolved as (
    select
        area_months.area_code,
        area_months.month,
        coalesce(counterparts.related_area_code, area_months.area_code) as mapped_area_code
    from area_months
    left join counterparts
        on
            area_months.area_code = counterparts.area_code
            and area_months.month = counterparts.month
            and counterparts.nearness = 1
),

special as (
    select
        special_areas.area_code,
        months.month,
        special_areas.area_code as mapped_area_code
    from special_areas
    cross join months
),

final as (
    select * from resolved
    union all
    select * from special
)

select * from final
