with grants as (
    select * from {{ ref('stg_charity__charity_grants') }}
),

purposes as (
    select * from {{ ref('charity_purposes') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        grants.person_key,
        grants.granted_date,
        grants.report_month as month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        grants.purpose_code,
        purposes.programme_code,
        grants.project_no,
        coalesce(grants.id_status_code, 'missing') as id_status_code,
        grants.grant_amount_yuan
    from grants
    inner join purposes
        on grants.purpose_code = purposes.purpose_code
    left join mapped as hukou
        on
            grants.hukou_area_code = hukou.area_code
            and grants.report_month = hukou.month
    left join mapped as residence
        on
            grants.residence_area_code = residence.area_code
            and grants.report_month = residence.month
    where grants.is_current
)

select * from final
