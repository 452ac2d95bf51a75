with compared as (
    select * from {{ ref('int_platform_records__compared') }}
),

final as (
    select
        person_key,
        programme_code,
        month,
        hukou_area_code,
        is_on_roster,
        is_on_platform,
        is_unidentified
    from compared
)

select * from final
