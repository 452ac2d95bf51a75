with items as (
    select * from {{ ref('int_returns__itemised') }}
),

rules as (
    select * from {{ ref('balance_rules') }}
),

rule_items as (
    select * from {{ ref('balance_rule_items') }}
),

areas as (
    select * from {{ ref('int_areas__described') }}
),

counted as (
    select * from {{ ref('int_area_months__counted') }}
    where basis_code = 'hukou'
),

applied as (
    select
        rules.rule_code,
        rules.rule_kind_code,
        rules.programme_code,
        rules.tolerance_value,
        rules.tolerance_share,
        rule_items.side_code,
        rule_items.item_code,
        rule_items.item_sign,
        rule_items.month_offset,
        items.form_code,
        items.area_code,
        items.month,
        items.is_redefined,
        items.item_value,
        case rule_items.month_offset when 0 then items.item_value else items.previous_value end as told_value
    from rules
    inner join rule_items
        on rules.rule_code = rule_items.rule_code
    inner join items
        on
            rules.form_code = items.form_code
            and rule_items.item_code = items.item_code
            and coalesce(rules.valid_from_date <= items.month, true)
            and coalesce(rules.valid_to_date >= items.month, true)
),

-- Within one row of the form, and against the same row a month before.
within_rows as (
    select
        rule_code,
        rule_kind_code,
        tolerance_value,
        tolerance_share,
        form_code,
        area_code,
        month,
        -- What the rule is about: the only item on its left, or the first of several.
        min(case when side_code = 'left' then item_code end) as item_code,
        sum(case when side_code = 'left' then item_sign * told_value end) as left_value,
        case
            when count(told_value) = count(*) then sum(case when side_code = 'right' then item_sign * told_value end)
        end as right_value,
        max(month_offset) = 1 and bool_or(is_redefined) as is_redefined
    from applied
    where rule_kind_code not in ('areas_total', 'reconciled')
    group by rule_code, rule_kind_code, tolerance_value, tolerance_share, form_code, area_code, month
),

-- The row of an area against the rows of those it is made of, where the form prints both.
between_rows as (
    select
        applied.rule_code,
        applied.rule_kind_code,
        applied.tolerance_value,
        applied.tolerance_share,
        applied.form_code,
        applied.area_code,
        applied.month,
        applied.item_code,
        applied.told_value as left_value,
        sum(parts.item_value) as right_value,
        false as is_redefined
    from applied
    inner join areas
        on applied.area_code = areas.parent_area_code
    inner join items as parts
        on
            applied.form_code = parts.form_code
            and applied.month = parts.month
            and applied.item_code = parts.item_code
            and areas.area_code = parts.area_code
    where applied.rule_kind_code = 'areas_total'
    group by
        applied.rule_code,
        applied.rule_kind_code,
        applied.tolerance_value,
        applied.tolerance_share,
        applied.form_code,
        applied.area_code,
        applied.month,
        applied.item_code,
        applied.told_value
),

-- Against what the warehouse counts itself, from the rosters.
against_rosters as (
    select
        applied.rule_code,
        applied.rule_kind_code,
        applied.tolerance_value,
        applied.tolerance_share,
        applied.form_code,
        applied.area_code,
        applied.month,
        applied.item_code,
        applied.told_value as left_value,
        case applied.item_code
            when 'person_count' then counted.recipients_count
            when 'household_count' then counted.households_count
        end as right_value,
        false as is_redefined
    from applied
    left join counted
        on
            applied.area_code = counted.area_code
            and applied.month = counted.month
            and applied.programme_code = counted.programme_code
    where applied.rule_kind_code = 'reconciled'
),

{% set columns = [
    'rule_code', 'item_code', 'area_code', 'month', 'form_code', 'rule_kind_code', 'tolerance_value', 'tolerance_share',
    'left_value', 'right_value', 'is_redefined',
] -%}

checked as (
    {% for part in ['within_rows', 'between_rows', 'against_rosters'] %}
        select
            {{ columns | join(', ') }},
            left_value - right_value as residual
        from {{ part }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        rule_code,
        item_code,
        area_code,
        month,
        form_code,
        rule_kind_code,
        cast(left_value as double) as left_value,
        cast(right_value as double) as right_value,
        cast(residual as double) as residual,
        is_redefined,
        case
            when residual is null then 'no_data'
            when
                case rule_kind_code when 'not_above' then residual else abs(residual) end
                <= greatest(tolerance_value, tolerance_share * abs(right_value))
                then 'ok'
            when is_redefined then 'redefined'
            else 'broken'
        end as status
    from checked
)

select * from final
