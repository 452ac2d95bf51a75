with hardships as (
    select * from {{ ref('int_hardships__judged') }}
),

lists as (
    select * from {{ ref('hardship_lists') }}
),

told as (
    select
        told.month,
        {{ joined_text("case when not told.is_told then lists.list_name end") }} as lists_not_counted
    from {{ ref('int_hardship_lists__told') }} as told
    inner join lists
        on told.list_code = lists.list_code
    group by told.month
),

persons as (
    select
        hardships.person_key,
        hardships.month,
        max(hardships.hukou_area_code) as hukou_area_code,
        max(hardships.residence_area_code) as residence_area_code,
        min(hardships.standing_rank) as open_rank,
        -- Of who is no blind spot, the choice is told before the refusal, and help before both.
        min(case when hardships.standing_rank > 0 then hardships.standing_rank end) as answered_rank,
        {{ joined_text("case when hardships.standing_code = 'open' then lists.list_name end") }} as open_lists,
        count(distinct hardships.list_code) as list_count,
        count(distinct case when hardships.standing_code = 'open' then hardships.evidence_code end) as source_count,
        max(case when hardships.standing_code = 'open' then hardships.severity_weight end) as severity_weight
    from hardships
    inner join lists
        on hardships.list_code = lists.list_code
    group by hardships.person_key, hardships.month
),

scored as (
    select
        persons.*,
        persons.open_rank = 0 as is_blind_spot,
        case persons.answered_rank
            when 1 then 'active'
            when 2 then 'pending'
            when 3 then 'declined'
            else 'rejected'
        end as answered_code,
        persons.source_count * persons.severity_weight as score
    from persons
),

final as (
    select
        scored.person_key,
        scored.month,
        scored.hukou_area_code,
        scored.residence_area_code,
        case when scored.is_blind_spot then 'open' else scored.answered_code end as standing_code,
        scored.open_lists,
        told.lists_not_counted,
        scored.list_count,
        scored.source_count,
        scored.severity_weight,
        scored.score,
        case
            when scored.is_blind_spot
                then rank() over (partition by scored.month, scored.is_blind_spot order by scored.score desc)
        end as rank,
        scored.is_blind_spot
    from scored
    inner join told
        on scored.month = told.month
)

select * from final
