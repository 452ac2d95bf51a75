with needs as (
    select * from {{ ref('stg_services__needs') }}
),

services as (
    select * from {{ ref('stg_services__services') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

assessed as (
    select *
    from needs
    where is_current
),

quarters as (
    select distinct report_month
    from assessed
),

chosen as (
    {{ latest_list('quarters', 'report_month') }}
),

given as (
    select
        person_key,
        service_type_code,
        cast(date_trunc('month', service_date) as date) as service_month,
        count(*) as services_count
    from services
    where is_current
    group by person_key, service_type_code, cast(date_trunc('month', service_date) as date)
),

delivered as (
    select
        assessed.person_key,
        chosen.month,
        assessed.service_type_code,
        chosen.list_month as assessed_month,
        assessed.residence_area_code,
        coalesce(assessed.id_status_code, 'missing') as id_status_code,
        cast(
            coalesce(
                sum(
                    case
                        when
                            {{ month_count('given.service_month', 'chosen.month') }}
                            < {{ cutoff('service_window_months') }}
                            then given.services_count
                    end
                ), 0
            ) as bigint
        ) as services_count,
        cast(coalesce(sum(given.services_count), 0) as bigint) as ever_services_count
    from chosen
    inner join assessed
        on chosen.list_month = assessed.report_month
    left join given
        on
            assessed.person_key = given.person_key
            and assessed.service_type_code = given.service_type_code
            and chosen.month >= given.service_month
    group by
        assessed.person_key,
        chosen.month,
        assessed.service_type_code,
        chosen.list_month,
        assessed.residence_area_code,
        assessed.id_status_code
),

final as (
    select
        delivered.person_key,
        delivered.month,
        delivered.service_type_code,
        delivered.assessed_month,
        coalesce(mapped.mapped_area_code, 'unknown') as residence_area_code,
        delivered.id_status_code,
        delivered.services_count,
        delivered.ever_services_count,
        delivered.services_count > 0 as is_served
    from delivered
    left join mapped
        on
            delivered.residence_area_code = mapped.area_code
            and delivered.month = mapped.month
)

select * from final
