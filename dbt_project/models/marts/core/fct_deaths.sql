with deaths as (
    select * from {{ ref('int_deaths__settled') }}
),

final as (
    select
        person_key,
        death_date,
        death_month,
        registered_date,
        hukou_area_code,
        id_status_code,
        death_source_name,
        source_names,
        source_count,
        days_apart_count
    from deaths
)

select * from final
