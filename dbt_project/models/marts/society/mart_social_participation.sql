with organisations as (
    select * from {{ ref('fct_social_organisations') }}
),

-- Who lives where, which villages have a partner, and in which months a list is there: told once, with the indicators.
indicators as (
    select * from {{ ref('fct_indicators') }}
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

chosen as (
    {{ latest_list('organisations') }}
),

volunteers as (
    select
        ancestors.ancestor_area_code as area_code,
        chosen.month,
        cast(sum(organisations.volunteer_count) as bigint) as volunteer_count
    from chosen
    inner join organisations
        on chosen.list_month = organisations.month
    inner join ancestors
        on organisations.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, chosen.month
),

partnered as (
    select *
    from indicators
    where indicator_code = 'partnered_village_share'
),

seated as (
    select *
    from indicators
    where indicator_code = 'organisations_per_ten_thousand'
),

final as (
    select
        partnered.area_code,
        areas.level_code,
        partnered.month,
        partnered.basis_code,
        partnered.persons_count as population_count,
        cast(seated.numerator as bigint) as organisations_count,
        case when seated.numerator is not null then coalesce(volunteers.volunteer_count, 0) end as volunteer_count,
        seated.value as organisations_per_ten_thousand,
        case
            when seated.numerator is not null
                then
                    coalesce(volunteers.volunteer_count, 0)
                    * 10000 / cast(nullif(partnered.persons_count, 0) as double)
        end as volunteers_per_ten_thousand,
        cast(partnered.denominator as bigint) as villages_count,
        cast(partnered.numerator as bigint) as partnered_villages_count,
        partnered.value as partnered_share,
        partnered.status
    from partnered
    inner join areas
        on partnered.area_code = areas.area_code
    left join seated
        on
            partnered.area_code = seated.area_code
            and partnered.month = seated.month
            and partnered.programme_code = seated.programme_code
            and partnered.basis_code = seated.basis_code
    left join volunteers
        on
            partnered.area_code = volunteers.area_code
            and partnered.month = volunteers.month
)

select * from final
