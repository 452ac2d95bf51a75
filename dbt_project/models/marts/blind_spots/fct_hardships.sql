with hardships as (
    select * from {{ ref('int_hardships__judged') }}
),

lists as (
    select * from {{ ref('hardship_lists') }}
),

final as (
    select
        hardships.person_key,
        hardships.month,
        hardships.list_code,
        lists.list_name,
        hardships.hukou_area_code,
        hardships.residence_area_code,
        hardships.evidence_code,
        hardships.standing_code,
        hardships.listed_value,
        lists.threshold_unit as listed_unit,
        hardships.severity_weight
    from hardships
    inner join lists
        on hardships.list_code = lists.list_code
)

select * from final
