with indicator_values as (
    select * from {{ ref('mart_indicators') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

area_codes as (
    select * from {{ ref('dim_area_codes') }}
),

funds as (
    select * from {{ ref('fct_funds') }}
),

coverage as (
    select * from {{ ref('mart_coverage') }}
),

adequacy as (
    select * from {{ ref('mart_adequacy') }}
),

draws as (
    select * from {{ ref('fct_balance_draws') }}
),

programmes as (
    select * from {{ ref('dim_programmes') }}
),

indicators as (
    select * from {{ ref('dim_indicators') }}
),

codes as (
    select * from {{ ref('dim_codes') }}
),

-- Which areas are compared within which: those below a scope that has several.
compared as (
    select
        ancestors.ancestor_area_code as scope_area_code,
        areas.area_code,
        areas.level_code,
        areas.level_name,
        areas.level_rank,
        areas.parent_area_code
    from areas
    inner join ancestors
        on areas.area_code = ancestors.area_code
    inner join areas as scopes
        on ancestors.ancestor_area_code = scopes.area_code
    where scopes.is_balance_scope and areas.area_code <> scopes.area_code
),

members as (
    select
        compared.scope_area_code,
        compared.level_code,
        compared.level_name,
        compared.level_rank,
        compared.parent_area_code,
        indicator_values.area_code,
        indicator_values.month,
        indicator_values.programme_code,
        indicator_values.basis_code,
        indicator_values.indicator_code,
        indicator_values.status,
        indicator_values.recipients_count,
        case when indicator_values.status in ('ok', 'small_sample') then indicator_values.numerator end as numerator,
        indicator_values.denominator,
        indicator_values.value,
        indicator_values.smoothed_value * indicator_values.denominator as smoothed_numerator
    from indicator_values
    inner join compared
        on indicator_values.area_code = compared.area_code
),

indices as (
    select *
    from {{ balance_indices(
        'members', ['scope_area_code', 'level_code', 'month', 'programme_code', 'basis_code', 'indicator_code']
    ) }} as observed
),

smoothed_members as (
    select
        scope_area_code,
        level_code,
        month,
        programme_code,
        basis_code,
        indicator_code,
        area_code,
        parent_area_code,
        smoothed_numerator as numerator,
        denominator
    from members
    where status in ('ok', 'small_sample')
),

smoothed_indices as (
    select *
    from {{ balance_indices(
        'smoothed_members',
        ['scope_area_code', 'level_code', 'month', 'programme_code', 'basis_code', 'indicator_code']
    ) }} as smoothed
),

missing as (
    select
        scope_area_code,
        level_code,
        month,
        programme_code,
        basis_code,
        indicator_code,
        max(level_name) as level_name,
        max(level_rank) as level_rank,
        sum(case when status = 'no_data' then 1 else 0 end) as missing_count,
        sum(recipients_count) as persons_count,
        bool_and(status = 'not_applicable') as is_not_applicable
    from members
    group by scope_area_code, level_code, month, programme_code, basis_code, indicator_code
),

-- Fiscal funds of the last twelve months, all programmes, where they are booked: how well off the area above is.
funded as (
    select
        funds.area_code,
        months.month,
        sum(funds.fund_amount_yuan) as fund_amount_yuan
    from funds
    inner join (select distinct month from indicator_values) as months
        on
            funds.month <= months.month
            and {{ months_after('funds.month', cutoff('window_months')) }} > months.month
    where funds.is_fiscal
    group by funds.area_code, months.month
),

resourced as (
    select
        ancestors.area_code,
        coverage.month,
        coverage.programme_code,
        coverage.basis_code,
        cast(funded.fund_amount_yuan as double) / nullif(coverage.population_count, 0) as funds_per_head_yuan,
        row_number() over (
            partition by ancestors.area_code, coverage.month, coverage.programme_code, coverage.basis_code
            order by ancestors.ancestor_level_rank
        ) as choice
    from ancestors
    inner join funded
        on ancestors.ancestor_area_code = funded.area_code
    inner join coverage
        on
            funded.area_code = coverage.area_code
            and funded.month = coverage.month
),

-- Areas of equal funds share one place in the order, so they are summed before they are ordered.
tied as (
    select
        members.scope_area_code,
        members.level_code,
        members.month,
        members.programme_code,
        members.basis_code,
        members.indicator_code,
        resourced.funds_per_head_yuan,
        {{ exact_sum('members.denominator / indices.denominator') }} as weight,
        {{ exact_sum(
            'members.denominator / indices.denominator '
            '* (members.numerator / members.denominator / nullif(indices.value, 0) - 1)'
        ) }} as deviation
    from members
    inner join indices
        on
            members.scope_area_code = indices.scope_area_code
            and members.level_code = indices.level_code
            and members.month = indices.month
            and members.programme_code = indices.programme_code
            and members.basis_code = indices.basis_code
            and members.indicator_code = indices.indicator_code
    inner join resourced
        on
            members.area_code = resourced.area_code
            and members.month = resourced.month
            and members.programme_code = resourced.programme_code
            and members.basis_code = resourced.basis_code
            and resourced.choice = 1
    where members.numerator is not null and members.denominator > 0
    group by
        members.scope_area_code,
        members.level_code,
        members.month,
        members.programme_code,
        members.basis_code,
        members.indicator_code,
        resourced.funds_per_head_yuan
),

ordered as (
    select
        *,
        sum(weight) over (
            partition by scope_area_code, level_code, month, programme_code, basis_code, indicator_code
            order by funds_per_head_yuan
            rows between unbounded preceding and current row
        ) as weight_through
    from tied
),

-- C = 2 cov_w(y, R) / mean, with R the middle of an area's place among all, ordered by funds; 1/2 on average.
concentrated as (
    select
        scope_area_code,
        level_code,
        month,
        programme_code,
        basis_code,
        indicator_code,
        2 * {{ exact_sum('deviation * (weight_through - weight / 2 - 0.5)') }} as concentration_index,
        {{ exact_sum('weight') }} as weight_known
    from ordered
    group by scope_area_code, level_code, month, programme_code, basis_code, indicator_code
),

finest as (
    select
        scope_area_code,
        min(level_rank) as level_rank
    from compared
    group by scope_area_code
),

-- Growth against where one began; not of the finest areas, where chance alone makes the slope -1.
paired as (
    select
        later.scope_area_code,
        later.level_code,
        later.month,
        later.programme_code,
        later.basis_code,
        later.indicator_code,
        ln(later.value / earlier.value) / ({{ cutoff('convergence_months') }} / 12.0) as growth,
        ln(earlier.value) as log_start
    from members as later
    inner join finest
        on
            later.scope_area_code = finest.scope_area_code
            and later.level_rank > finest.level_rank
    inner join area_codes
        on
            later.area_code = area_codes.mapped_area_code
            and later.month = area_codes.month
    inner join indicator_values as earlier
        on
            area_codes.area_code = earlier.area_code
            and later.programme_code = earlier.programme_code
            and later.basis_code = earlier.basis_code
            and later.indicator_code = earlier.indicator_code
            and cast(
                earlier.month + cast({{ cutoff('convergence_months') }} as bigint) * interval 1 month as date
            ) = later.month
    where later.value > 0 and earlier.value > 0
),

-- The slope of ordinary least squares, of sums that add up exactly.
grown as (
    select
        scope_area_code,
        level_code,
        month,
        programme_code,
        basis_code,
        indicator_code,
        (
            {{ exact_sum('growth * log_start') }}
            - {{ exact_sum('growth') }} * {{ exact_sum('log_start') }} / count(*)
        ) / nullif(
            {{ exact_sum('log_start * log_start') }} - power({{ exact_sum('log_start') }}, 2) / count(*), 0
        ) as beta_slope
    from paired
    group by scope_area_code, level_code, month, programme_code, basis_code, indicator_code
),

drawn as (
    select
        scope_area_code,
        level_code,
        month,
        programme_code,
        basis_code,
        indicator_code,
        {% for index in balance_index_names() %}
            {{ draw_quantile(index, true, 0.025) }} as {{ index }}_low,
            {{ draw_quantile(index, true, 0.975) }} as {{ index }}_high,
            {{ draw_mean(index, false) }} as {{ index }}_chance_mean,
            {{ draw_quantile(index, false, 0.025) }} as {{ index }}_chance_low,
            {{ draw_quantile(index, false, 0.975) }} as {{ index }}_chance_high,
        {% endfor %}
        avg(unchanged_slope) as beta_unchanged_slope
    from draws
    group by scope_area_code, level_code, month, programme_code, basis_code, indicator_code
),

final as (
    select
        missing.scope_area_code as area_code,
        missing.level_code,
        missing.month,
        missing.programme_code,
        missing.basis_code,
        missing.indicator_code,
        areas.area_name,
        missing.level_name,
        missing.level_rank,
        programmes.programme_name,
        codes.code_name as basis_name,
        indicators.indicator_name,
        indicators.unit,
        indicators.sort_order,
        indices.areas_count,
        cast(missing.missing_count as bigint) as areas_missing_count,
        indices.numerator,
        indices.denominator,
        indices.value,
        {% for index in balance_index_names() %}
            indices.{{ index }},
            drawn.{{ index }}_low,
            drawn.{{ index }}_high,
            drawn.{{ index }}_chance_mean,
            drawn.{{ index }}_chance_low,
            drawn.{{ index }}_chance_high,
        {% endfor %}
        indices.theil_t_within,
        cast(indices.theil_l_zeros_count as bigint) as theil_l_zeros_count,
        smoothed_indices.theil_l as theil_l_smoothed,
        indices.cv_unweighted,
        indices.gini_unweighted,
        indices.theil_t_unweighted,
        case when indicators.gap_unit = 'persons' then indices.hoover * indices.numerator end as hoover_persons,
        case indicators.gap_unit
            when 'persons' then indices.hoover * indices.numerator * adequacy.top_up_yuan
            when '元' then indices.hoover * indices.numerator
        end as hoover_yuan,
        -- Told only where all areas have a place in the order.
        case when concentrated.weight_known > 0.999999 then concentrated.concentration_index end
            as concentration_funds,
        indices.cv - earlier.cv as cv_change,
        grown.beta_slope as beta_convergence,
        drawn.beta_unchanged_slope as beta_convergence_unchanged,
        indices.cv > drawn.cv_chance_high as is_beyond_chance,
        case
            when missing.is_not_applicable then 'not_applicable'
            when indices.value is null then 'no_data'
            when indices.numerator = 0 then 'not_applicable'
            when missing.persons_count < indices.areas_count * {{ cutoff('small_expected_count') }}
                then 'small_sample'
            else 'ok'
        end as status
    from missing
    inner join areas
        on missing.scope_area_code = areas.area_code
    inner join programmes
        on missing.programme_code = programmes.programme_code
    inner join indicators
        on missing.indicator_code = indicators.indicator_code
    inner join codes
        on
            missing.basis_code = codes.code
            and codes.code_type = 'basis_code'
    left join adequacy
        on
            missing.scope_area_code = adequacy.area_code
            and missing.month = adequacy.month
            and missing.programme_code = adequacy.programme_code
            and missing.basis_code = adequacy.basis_code
    {% for relation in ['indices', 'smoothed_indices', 'concentrated', 'grown', 'drawn'] %}
        left join {{ relation }}
            on
                missing.scope_area_code = {{ relation }}.scope_area_code
                and missing.level_code = {{ relation }}.level_code
                and missing.month = {{ relation }}.month
                and missing.programme_code = {{ relation }}.programme_code
                and missing.basis_code = {{ relation }}.basis_code
                and missing.indicator_code = {{ relation }}.indicator_code
    {% endfor %}
    left join indices as earlier
        on
            missing.scope_area_code = earlier.scope_area_code
            and missing.level_code = earlier.level_code
            and missing.programme_code = earlier.programme_code
            and missing.basis_code = earlier.basis_code
            and missing.indicator_code = earlier.indicator_code
            and missing.month = cast(
                earlier.month + cast({{ cutoff('convergence_months') }} as bigint) * interval 1 month as date
            )
)

select * from final
