with grants as (
    select * from {{ ref('stg_disaster__disaster_grants') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        grants.person_key,
        grants.grant_date,
        grants.hazard_code,
        cast(date_trunc('month', grants.grant_date) as date) as month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        coalesce(grants.id_status_code, 'missing') as id_status_code,
        grants.disaster_grant_amount_yuan
    from grants
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
