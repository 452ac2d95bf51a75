with records as (
    select * from {{ ref('stg_platform__platform_records') }}
    where is_current
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

platform_months as (
    select distinct report_month as month
    from records
),

listed as (
    select
        records.person_key,
        records.programme_code,
        records.report_month as month,
        coalesce(mapped.mapped_area_code, 'unknown') as hukou_area_code
    from records
    left join mapped
        on
            records.hukou_area_code = mapped.area_code
            and records.report_month = mapped.month
    where records.platform_status_code = 'active'
),

rostered as (
    select enrolments.*
    from enrolments
    inner join platform_months
        on enrolments.month = platform_months.month
),

-- Where both know the person, the roster says where he is registered.
final as (
    select
        coalesce(rostered.person_key, listed.person_key) as person_key,
        coalesce(rostered.programme_code, listed.programme_code) as programme_code,
        coalesce(rostered.month, listed.month) as month,
        coalesce(rostered.hukou_area_code, listed.hukou_area_code) as hukou_area_code,
        rostered.person_key is not null as is_on_roster,
        listed.person_key is not null as is_on_platform,
        -- A number that is wrong on the roster cannot be found on the platform: another matter than a person missing.
        listed.person_key is null and rostered.id_status_code <> 'valid' as is_unidentified
    from rostered
    full outer join listed
        on
            rostered.person_key = listed.person_key
            and rostered.programme_code = listed.programme_code
            and rostered.month = listed.month
)

select * from final
