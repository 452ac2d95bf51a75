with recursive changes as (
    select * from {{ ref('stg_areas__division_changes') }}
),

pairs as (
    select distinct
        old_area_code,
        new_area_code
    from changes
    where is_current and old_area_code <> new_area_code
),

counted as (
    select
        *,
        count(*) over (partition by old_area_code) as successor_count,
        count(*) over (partition by new_area_code) as predecessor_count
    from pairs
),

-- Forward only where one code follows (renamed, merged, moved), backward only where one came before (split):
-- of several, nobody can say to which a row belongs.
steps as (
    select
        old_area_code as area_code,
        new_area_code as next_area_code,
        'forward' as direction
    from counted
    where successor_count = 1
    union all
    select
        new_area_code as area_code,
        old_area_code as next_area_code,
        'backward' as direction
    from counted
    where predecessor_count = 1
),

walked as (
    select
        area_code,
        next_area_code as related_area_code,
        direction,
        1 as step_count
    from steps
    union all
    select
        walked.area_code,
        steps.next_area_code as related_area_code,
        walked.direction,
        walked.step_count + 1 as step_count
    from walked
    inner join steps
        on
            walked.related_area_code = steps.area_code
            and walked.direction = steps.direction
    -- A code that comes back to itself after some changes must not be walked round for ever.
    where walked.step_count < 16
),

final as (
    select
        area_code,
        related_area_code,
        min(step_count) as step_count
    from walked
    where area_code <> related_area_code
    group by area_code, related_area_code
)

select * from final
