with draws as (
    select * from {{ ref('int_balance__drawn') }}
),

populated as (
    select * from {{ ref('int_balance__populated') }}
),

ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

scoped as (
    select * from {{ ref('int_areas__scoped') }}
),

-- A draw is of the finest areas; a level above sums them, up to the one below the scope.
compared as (
    select
        populated.draw_group,
        populated.area_number,
        populated.weight_count,
        scoped.area_number as level_area_number,
        scoped.level_rank,
        parents.area_number as parent_area_number
    from populated
    inner join ancestors
        on populated.area_code = ancestors.area_code
    inner join scoped
        on ancestors.ancestor_area_code = scoped.area_code
    left join scoped as parents
        on scoped.parent_area_code = parents.area_code
    inner join scoped as tops
        on populated.scope_area_code = tops.area_code
    where ancestors.ancestor_level_rank < tops.level_rank
),

final as (
    select
        draws.draw_group,
        draws.is_own,
        draws.draw_number,
        compared.level_rank,
        compared.level_area_number as area_number,
        max(compared.parent_area_number) as parent_area_number,
        sum(compared.weight_count) as weight_count,
        sum(draws.recipients) as recipients_count,
        sum(draws.spend_amount_yuan) as spend_amount_yuan,
        sum(draws.entitlement_amount_yuan) as entitlement_amount_yuan
    from draws
    inner join compared
        on
            draws.draw_group = compared.draw_group
            and draws.area_number = compared.area_number
    group by
        draws.draw_group, draws.is_own, draws.draw_number, compared.level_rank, compared.level_area_number
)

select * from final
