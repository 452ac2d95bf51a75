with divisions as (
    select * from {{ ref('stg_areas__divisions') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

editions as (
    select distinct
        department_code,
        extract_name,
        report_month as edition_month
    from divisions
    where is_current
),

-- An edition is in force until the next one of the same office.
followed as (
    select
        *,
        lag(edition_month) over (partition by department_code, extract_name order by edition_month)
            as previous_edition_month,
        lead(edition_month) over (partition by department_code, extract_name order by edition_month)
            as next_edition_month
    from editions
),

first_month as (
    select min(months.month) as month
    from months
),

dated as (
    select
        divisions.area_code,
        divisions.area_name,
        divisions.parent_area_code,
        divisions.level_code,
        divisions.urban_rural_code,
        divisions.alias_names,
        divisions.report_month,
        -- The first edition also stands for the time before it: nobody sends the tables of the past.
        case
            when followed.previous_edition_month is null
                then least(followed.edition_month, coalesce(first_month.month, followed.edition_month))
            else followed.edition_month
        end as from_month,
        cast(followed.next_edition_month - interval 1 month as date) as to_month,
        row_number() over (
            partition by divisions.area_code order by divisions.report_month desc, divisions.delivery_sequence desc
        ) as recency
    from divisions
    inner join followed
        on
            divisions.department_code = followed.department_code
            and divisions.extract_name = followed.extract_name
            and divisions.report_month = followed.edition_month
    cross join first_month
    where divisions.is_current
),

final as (
    select
        area_code,
        max(case when recency = 1 then area_name end) as area_name,
        max(case when recency = 1 then level_code end) as level_code,
        max(case when recency = 1 then parent_area_code end) as parent_area_code,
        max(case when recency = 1 then urban_rural_code end) as urban_rural_code,
        max(case when recency = 1 then alias_names end) as alias_names,
        min(from_month) as valid_from_month,
        max(case when recency = 1 then to_month end) as valid_to_month
    from dated
    group by area_code
)

select * from final
