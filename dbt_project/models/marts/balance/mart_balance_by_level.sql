with parts as (
    select * from {{ ref('mart_balance_by_area') }}
),

balance as (
    select * from {{ ref('mart_balance') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

-- Every level between the areas compared and the scope can be the groups of the decomposition.
grouped as (
    select
        parts.scope_area_code,
        parts.level_code,
        ancestors.ancestor_level_code as group_level_code,
        ancestors.ancestor_area_code as group_area_code,
        parts.month,
        parts.programme_code,
        parts.basis_code,
        parts.indicator_code,
        {{ exact_sum('parts.numerator_share') }} as numerator_share,
        {{ exact_sum('parts.denominator_share') }} as denominator_share,
        {{ exact_sum('parts.theil_t_contribution') }} as theil_t_contribution
    from parts
    inner join areas
        on parts.area_code = areas.area_code
    inner join ancestors
        on parts.area_code = ancestors.area_code
    inner join areas as scopes
        on parts.scope_area_code = scopes.area_code
    where
        ancestors.ancestor_level_rank > areas.level_rank
        and ancestors.ancestor_level_rank < scopes.level_rank
    group by
        parts.scope_area_code,
        parts.level_code,
        ancestors.ancestor_level_code,
        ancestors.ancestor_area_code,
        parts.month,
        parts.programme_code,
        parts.basis_code,
        parts.indicator_code
),

termed as (
    select
        *,
        case when numerator_share > 0 then numerator_share * ln(numerator_share / denominator_share) else 0 end
            as between_term
    from grouped
),

-- What a group adds between groups; the rest of its areas' terms is what they add within it.
split as (
    select
        scope_area_code,
        level_code,
        group_level_code,
        month,
        programme_code,
        basis_code,
        indicator_code,
        count(*) as groups_count,
        {{ exact_sum('between_term') }} as theil_t_between,
        {{ exact_sum('theil_t_contribution - between_term') }} as theil_t_within
    from termed
    group by
        scope_area_code, level_code, group_level_code, month, programme_code, basis_code, indicator_code
),

final as (
    select
        split.scope_area_code as area_code,
        split.level_code,
        split.group_level_code,
        split.month,
        split.programme_code,
        split.basis_code,
        split.indicator_code,
        split.groups_count,
        balance.theil_t,
        split.theil_t_between,
        split.theil_t_within,
        -- Never below 0, but by the last digit.
        case when split.theil_t_between > 0 then split.theil_t_between else 0 end / nullif(balance.theil_t, 0)
            as between_share
    from split
    inner join balance
        on
            split.scope_area_code = balance.area_code
            and split.level_code = balance.level_code
            and split.month = balance.month
            and split.programme_code = balance.programme_code
            and split.basis_code = balance.basis_code
            and split.indicator_code = balance.indicator_code
    where split.theil_t_between is not null and balance.theil_t is not null
)

select * from final
