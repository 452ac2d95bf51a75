with listed as (
    select * from {{ ref('int_hardships__listed') }}
),

answered as (
    select * from {{ ref('int_hardships__answered') }}
),

programmes as (
    select * from {{ ref('hardship_programmes') }}
),

located as (
    select * from {{ ref('int_persons__located') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

-- A listing is answered by the best standing on any programme that answers its list.
judged as (
    select
        listed.person_key,
        listed.month,
        listed.list_code,
        min(answered.standing_rank) as standing_rank
    from listed
    inner join programmes
        on listed.list_code = programmes.list_code
    left join answered
        on
            listed.person_key = answered.person_key
            and listed.month = answered.month
            and programmes.programme_code = answered.programme_code
    group by listed.person_key, listed.month, listed.list_code
),

final as (
    select
        listed.person_key,
        listed.month,
        listed.list_code,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        listed.evidence_code,
        case judged.standing_rank
            when 1 then 'active'
            when 2 then 'pending'
            when 3 then 'declined'
            when 4 then 'rejected'
            else 'open'
        end as standing_code,
        coalesce(judged.standing_rank, 0) as standing_rank,
        listed.listed_value,
        listed.severity_weight
    from listed
    inner join judged
        on
            listed.person_key = judged.person_key
            and listed.month = judged.month
            and listed.list_code = judged.list_code
    left join located
        on listed.person_key = located.person_key
    left join mapped as hukou
        on
            located.hukou_area_code = hukou.area_code
            and listed.month = hukou.month
    left join mapped as residence
        on
            located.residence_area_code = residence.area_code
            and listed.month = residence.month
)

select * from final
