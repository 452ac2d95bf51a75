with recursive rated as (
    select * from {{ ref('int_area_months__rated') }}
),

cells as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        level_code,
        scope_area_code,
        recipients_count,
        population_count,
        scope_coverage_rate,
        population_count * scope_coverage_rate as even_count,
        (coverage_rate - scope_coverage_rate) / sqrt(
            scope_coverage_rate * (1 - scope_coverage_rate) / population_count
        ) as z_score,
        population_count * scope_coverage_rate < {{ cutoff('funnel_exact_below') }} as is_exact
    from rated
    where
        scope_area_code <> area_code
        and population_count > 0
        and recipients_count is not null
        and scope_coverage_rate > 0
        and scope_coverage_rate < 1
),

-- Over-dispersion: streets differ for reasons beyond chance; judged by pure chance, every large one would be "out".
ordered as (
    select
        *,
        row_number() over (partition by month, programme_code, basis_code, level_code, scope_area_code order by z_score)
            as position,
        count(*) over (partition by month, programme_code, basis_code, level_code, scope_area_code) as cell_count
    from cells
),

limits as (
    select
        month,
        programme_code,
        basis_code,
        level_code,
        scope_area_code,
        min(case when position > floor(cell_count * {{ cutoff('funnel_winsor_share') }}) then z_score end) as low_z,
        max(case when position <= cell_count - floor(cell_count * {{ cutoff('funnel_winsor_share') }}) then z_score end)
            as high_z
    from ordered
    group by month, programme_code, basis_code, level_code, scope_area_code
),

dispersed as (
    select
        cells.month,
        cells.programme_code,
        cells.basis_code,
        cells.level_code,
        cells.scope_area_code,
        greatest(
            {{ exact_sum('power(least(greatest(cells.z_score, limits.low_z), limits.high_z), 2)') }} / count(*), 1
        ) as dispersion
    from cells
    inner join limits
        on
            cells.month = limits.month
            and cells.programme_code = limits.programme_code
            and cells.basis_code = limits.basis_code
            and cells.level_code = limits.level_code
            and cells.scope_area_code = limits.scope_area_code
    group by cells.month, cells.programme_code, cells.basis_code, cells.level_code, cells.scope_area_code
),

longest as (
    select max(recipients_count) as longest_count
    from cells
    where is_exact
),

counts as (
    select
        cast(0 as bigint) as event_count,
        longest_count
    from longest
    union all
    select
        event_count + 1 as event_count,
        longest_count
    from counts
    where event_count < longest_count
),

-- The binomial of few expected persons, term by term: P(k) = P(k - 1) * (n - k + 1) / k * rate / (1 - rate).
terms as (
    select
        cells.area_code,
        cells.month,
        cells.programme_code,
        cells.basis_code,
        cells.recipients_count,
        counts.event_count,
        exp(
            cells.population_count * ln(1 - cells.scope_coverage_rate)
            + sum(
                case
                    when counts.event_count = 0 then 0
                    else
                        ln(
                            greatest(cells.population_count - counts.event_count + 1, 0.5)
                            / counts.event_count
                            * cells.scope_coverage_rate / (1 - cells.scope_coverage_rate)
                        )
                end
            ) over (
                partition by cells.area_code, cells.month, cells.programme_code, cells.basis_code
                order by counts.event_count
                rows between unbounded preceding and current row
            )
        ) as probability
    from cells
    inner join counts
        on cells.recipients_count >= counts.event_count
    where cells.is_exact
),

tails as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        sum(probability) as lower_tail,
        1 - sum(case when event_count < recipients_count then probability else 0 end) as upper_tail
    from terms
    group by area_code, month, programme_code, basis_code
),

judged as (
    select
        cells.*,
        dispersed.dispersion,
        tails.lower_tail,
        tails.upper_tail,
        cells.z_score / sqrt(dispersed.dispersion) as adjusted_z
    from cells
    inner join dispersed
        on
            cells.month = dispersed.month
            and cells.programme_code = dispersed.programme_code
            and cells.basis_code = dispersed.basis_code
            and cells.level_code = dispersed.level_code
            and cells.scope_area_code = dispersed.scope_area_code
    left join tails
        on
            cells.area_code = tails.area_code
            and cells.month = tails.month
            and cells.programme_code = tails.programme_code
            and cells.basis_code = tails.basis_code
),

final as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        z_score,
        dispersion,
        lower_tail,
        upper_tail,
        case
            when is_exact and upper_tail <= {{ cutoff('funnel_alarm_tail') }} then 'far_above'
            when is_exact and lower_tail <= {{ cutoff('funnel_alarm_tail') }} then 'far_below'
            when is_exact and upper_tail <= {{ cutoff('funnel_warning_tail') }} then 'above'
            when is_exact and lower_tail <= {{ cutoff('funnel_warning_tail') }} then 'below'
            when is_exact then 'within'
            when adjusted_z >= {{ cutoff('funnel_alarm_z') }} then 'far_above'
            when adjusted_z <= -{{ cutoff('funnel_alarm_z') }} then 'far_below'
            when adjusted_z >= {{ cutoff('funnel_warning_z') }} then 'above'
            when adjusted_z <= -{{ cutoff('funnel_warning_z') }} then 'below'
            else 'within'
        end as funnel_code
    from judged
)

select * from final
