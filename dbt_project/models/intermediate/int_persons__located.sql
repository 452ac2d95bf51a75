{% set feeds = [
    'stg_rosters__roster_members', 'stg_residence__residence_registrations', 'stg_temporary__temporary_assistance',
    'stg_cases__applications', 'stg_education__education_offers', 'stg_housing__housing_applications',
    'stg_employment__unemployment_registrations', 'stg_employment__trainings', 'stg_disaster__disaster_grants',
    'stg_disability__disabilities', 'stg_charity__charity_grants', 'stg_poverty__poverty_monitoring',
    'stg_hardship__prisoner_children', 'stg_hardship__policy_notices',
] -%}

-- Some lists name a person and no place (settlements, alerts by hukou only): any other list that knows one tells it.
with told as (
    {% for feed in feeds %}
        select
            person_key,
            report_month,
            coalesce(hukou_area_code, 'unknown') as hukou_area_code,
            coalesce(residence_area_code, 'unknown') as residence_area_code,
            {{ loop.index }} as feed_number
        from {{ ref(feed) }}
        where is_current and id_status_code = 'valid'
        union all
    {% endfor %}
    select
        person_key,
        report_month,
        coalesce(hukou_area_code, 'unknown') as hukou_area_code,
        'unknown' as residence_area_code,
        99 as feed_number
    from {{ ref('stg_platform__platform_alerts') }}
    where is_current and id_status_code = 'valid'
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
    where is_business_month
),

ranked as (
    select
        person_key,
        hukou_area_code,
        residence_area_code,
        row_number() over (
            partition by person_key
            order by
                case when residence_area_code = 'unknown' then 1 else 0 end asc,
                report_month desc,
                feed_number asc,
                hukou_area_code asc,
                residence_area_code asc
        ) as choice
    from told
),

-- Under the codes of the business month, as all that is told of a person today.
final as (
    select
        ranked.person_key,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code
    from ranked
    cross join months
    left join mapped as hukou
        on
            ranked.hukou_area_code = hukou.area_code
            and months.month = hukou.month
    left join mapped as residence
        on
            ranked.residence_area_code = residence.area_code
            and months.month = residence.month
    where ranked.choice = 1
)

select * from final
