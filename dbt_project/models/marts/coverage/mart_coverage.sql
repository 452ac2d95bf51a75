with area_months as (
    select * from {{ ref('fct_area_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

area_codes as (
    select * from {{ ref('dim_area_codes') }}
),

programmes as (
    select * from {{ ref('dim_programmes') }}
),

codes as (
    select * from {{ ref('dim_codes') }}
),

-- What the months before look like under the codes of this month: a renamed village keeps its past, one that was
-- made by a split has none.
before as (
    select
        area_codes.mapped_area_code as area_code,
        area_months.month as earlier_month,
        area_codes.month,
        area_months.programme_code,
        area_months.basis_code,
        cast(sum(area_months.recipients_count) as bigint) as recipients_count,
        cast(sum(area_months.population_count) as bigint) as population_count
    from area_months
    inner join area_codes
        on
            area_months.area_code = area_codes.area_code
            and area_codes.month in (
                cast(area_months.month + interval 1 month as date), cast(area_months.month + interval 1 year as date)
            )
    group by
        area_codes.mapped_area_code,
        area_months.month,
        area_codes.month,
        area_months.programme_code,
        area_months.basis_code
),

flows_of_year as (
    select
        area_codes.mapped_area_code as area_code,
        area_codes.month,
        area_months.programme_code,
        area_months.basis_code,
    {% for measure in flow_measures() %}
        sum(area_months.{{ measure }}) as {{ measure }}{{ '' if loop.last else ',' }}
    {% endfor %}
    from area_months
    inner join area_codes
        on
            area_months.area_code = area_codes.area_code
            and area_months.month <= area_codes.month
            and {{ months_after('area_months.month', cutoff('window_months')) }} > area_codes.month
    group by area_codes.mapped_area_code, area_codes.month, area_months.programme_code, area_months.basis_code
),

rated as (
    select
        area_months.*,
        areas.area_name,
        areas.level_code,
        areas.level_name,
        areas.level_rank,
        areas.parent_area_code,
        areas.parent_area_name as parent_name,
        area_months.recipients_count / cast(nullif(area_months.population_count, 0) as double) as coverage_rate,
        scopes.recipients_count / cast(nullif(scopes.population_count, 0) as double) as district_value,
        area_months.population_count / area_months.design_effect as effective_count,
        {{ cutoff('interval_z') }} as interval_z
    from area_months
    inner join areas
        on area_months.area_code = areas.area_code
    left join area_months as scopes
        on
            area_months.scope_area_code = scopes.area_code
            and area_months.month = scopes.month
            and area_months.programme_code = scopes.programme_code
            and area_months.basis_code = scopes.basis_code
),

judged as (
    select
        *,
        case
            when recipients_count is null then 'no_data'
            when level_code = 'special' then 'not_applicable'
            when population_count is null then 'no_data'
            when population_count = 0 then 'not_applicable'
            when population_count * district_value < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from rated
),

changed as (
    select
        judged.area_code,
        judged.month,
        judged.programme_code,
        judged.basis_code,
    {% for span, months in [('month', 1), ('year', 12)] %}
        before_{{ span }}.recipients_count as before_{{ span }}_recipients_count,
        before_{{ span }}.recipients_count / cast(nullif(before_{{ span }}.population_count, 0) as double)
            as before_{{ span }}_rate,
        judged.coverage_rate
        - before_{{ span }}.recipients_count / cast(nullif(before_{{ span }}.population_count, 0) as double)
            as change_{{ span }}_rate,
        (judged.recipients_count - before_{{ span }}.recipients_count)
        / cast(nullif(judged.population_count, 0) as double) as change_{{ span }}_flow_rate,
        before_{{ span }}.recipients_count * (
            1 / cast(nullif(judged.population_count, 0) as double)
            - 1 / cast(nullif(before_{{ span }}.population_count, 0) as double)
        ) as change_{{ span }}_population_rate{{ '' if loop.last else ',' }}
    {% endfor %}
    from judged
    {% for span, months in [('month', 1), ('year', 12)] %}
        left join before as before_{{ span }}
            on
                judged.area_code = before_{{ span }}.area_code
                and judged.month = before_{{ span }}.month
                and judged.programme_code = before_{{ span }}.programme_code
                and judged.basis_code = before_{{ span }}.basis_code
                and cast(before_{{ span }}.earlier_month + interval {{ months }} month as date) = judged.month
    {% endfor %}
),

final as (
    select
        judged.area_code,
        judged.month,
        judged.programme_code,
        judged.basis_code,
        judged.area_name,
        judged.level_code,
        judged.level_name,
        judged.parent_area_code,
        judged.parent_name,
        programmes.programme_name,
        codes.code_name as basis_name,
        judged.population_month,
        judged.previous_roster_month,
        judged.recipients_count,
        judged.households_count,
        judged.population_count,
        judged.coverage_rate as rate,
        case
            when judged.status in ('ok', 'small_sample')
                then
                    {{ wilson_low('judged.coverage_rate', 'judged.effective_count', 'judged.interval_z') }}
        end as low,
        case
            when judged.status in ('ok', 'small_sample')
                then
                    {{ wilson_high('judged.coverage_rate', 'judged.effective_count', 'judged.interval_z') }}
        end as high,
        judged.smoothed_rate,
        judged.district_value,
        judged.expected_recipients_count,
        judged.recipients_count / nullif(judged.expected_recipients_count, 0) as observed_expected_ratio,
        case
            when judged.coverage_rate is not null and judged.level_code <> 'special'
                then cast(rank() over (
                    partition by
                        judged.scope_area_code,
                        judged.level_code,
                        judged.month,
                        judged.programme_code,
                        judged.basis_code,
                        judged.coverage_rate is null
                    order by judged.coverage_rate desc
                ) as bigint)
        end as rank,
        judged.z_score,
        judged.dispersion,
        judged.funnel_code,
        judged.first_recipients_count as first_reported_recipients_count,
        judged.start_recipients_count as before_roster_recipients_count,
        {% for measure in flow_measures() %}
            judged.{{ measure }},
        {% endfor %}
        {% for span in ['month', 'year'] %}
            changed.before_{{ span }}_recipients_count,
            changed.before_{{ span }}_rate,
            changed.change_{{ span }}_rate,
            changed.change_{{ span }}_flow_rate,
            changed.change_{{ span }}_population_rate,
        {% endfor %}
        {% for measure in flow_measures() %}
            case
                when changed.before_year_recipients_count is not null then cast(flows_of_year.{{ measure }} as bigint)
            end
                as year_{{ measure }},
        {% endfor %}
        judged.is_restated,
        judged.status
    from judged
    inner join programmes
        on judged.programme_code = programmes.programme_code
    inner join codes
        on
            judged.basis_code = codes.code
            and codes.code_type = 'basis_code'
    left join changed
        on
            judged.area_code = changed.area_code
            and judged.month = changed.month
            and judged.programme_code = changed.programme_code
            and judged.basis_code = changed.basis_code
    left join flows_of_year
        on
            judged.area_code = flows_of_year.area_code
            and judged.month = flows_of_year.month
            and judged.programme_code = flows_of_year.programme_code
            and judged.basis_code = flows_of_year.basis_code
)

select * from final
