with triggers as (
    select * from {{ ref('fct_exit_triggers') }}
),

kinds as (
    select * from {{ ref('exit_triggers') }}
),

rule_months as (
    select * from {{ ref('fct_rule_months') }}
),

programme_months as (
    select * from {{ ref('fct_programme_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

area_codes as (
    select * from {{ ref('dim_area_codes') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

bases as (
    select code as basis_code
    from {{ ref('dim_codes') }}
    where code_type = 'basis_code'
),

missing as (
    select
        rule_months.month,
        {{ joined_text('rule_months.missing_feeds') }} as missing_feeds
    from rule_months
    inner join kinds
        on rule_months.rule_code = kinds.rule_code
    where rule_months.is_suppressed
    group by rule_months.month
),

-- As it stood at the end of each month: what happened later is not known yet.
standing as (
    select
        triggers.*,
        programme_months.month,
        {{ months_before('programme_months.month', cutoff('window_months')) }} < triggers.first_month as is_of_year,
        coalesce(triggers.exit_month <= programme_months.month, false) as is_stopped,
        coalesce(triggers.cleared_month <= programme_months.month, false) as is_cleared,
        coalesce(
            triggers.decision_code <> 'cleared' and triggers.decided_date <= last_day(programme_months.month), false
        ) as is_confirmed,
        {{ is_exit_due('triggers', 'programme_months.month') }} as is_due,
        {{ is_exit_in_time('triggers') }} as is_in_time
    from triggers
    inner join programme_months
        on
            triggers.programme_code = programme_months.programme_code
            and triggers.first_month <= programme_months.month
),

counted as (
    select
        ancestors.ancestor_area_code as area_code,
        standing.month,
        standing.programme_code,
        bases.basis_code,
        sum(case when standing.is_of_year then 1 else 0 end) as triggered_count,
        {% for kind in exit_triggers() %}
            sum(case when standing.is_of_year and standing.trigger_code = '{{ kind }}' then 1 else 0 end)
                as {{ kind }}_count,
        {% endfor %}
        sum(case when standing.is_of_year and standing.is_confirmed then 1 else 0 end) as confirmed_count,
        sum(case when standing.is_of_year and standing.is_stopped then 1 else 0 end) as stopped_count,
        sum(case when standing.is_of_year and standing.is_cleared then 1 else 0 end) as cleared_count,
        sum(
            case when standing.is_of_year and not standing.is_stopped and not standing.is_cleared then 1 else 0 end
        ) as still_enrolled_count,
        sum(
            case
                when
                    standing.is_of_year
                    and not standing.is_stopped
                    and not standing.is_cleared
                    and standing.month <= standing.last_paid_month
                    then 1
                else 0
            end
        ) as still_paid_count,
        sum(case when standing.is_due then 1 else 0 end) as due_count,
        sum(case when standing.is_due and standing.is_in_time then 1 else 0 end) as exited_in_time_count
    from standing
    cross join bases
    inner join area_codes
        on
            {{ area_on_basis('standing') }} = area_codes.area_code
            and standing.month = area_codes.month
    inner join ancestors
        on area_codes.mapped_area_code = ancestors.area_code
    where standing.is_of_year or standing.is_due
    group by ancestors.ancestor_area_code, standing.month, standing.programme_code, bases.basis_code
),

spanned as (
    select
        areas.area_code,
        programme_months.month,
        programme_months.programme_code,
        bases.basis_code,
        areas.area_name,
        areas.level_code,
        areas.parent_area_name as parent_name,
        missing.missing_feeds,
        programme_months.has_roster and missing.missing_feeds is null as has_feed
    from areas
    inner join programme_months
        on
            areas.valid_from_month <= programme_months.month
            and coalesce(areas.valid_to_month >= programme_months.month, true)
    cross join bases
    left join missing
        on programme_months.month = missing.month
    where areas.level_code <> 'special'
),

final as (
    select
        spanned.area_code,
        spanned.month,
        spanned.programme_code,
        spanned.basis_code,
        spanned.area_name,
        spanned.level_code,
        spanned.parent_name,
        spanned.missing_feeds,
        {% for name in exit_measures() %}
            case when spanned.has_feed then cast(coalesce(counted.{{ name }}, 0) as bigint) end as {{ name }},
        {% endfor %}
        case
            when spanned.has_feed then cast(counted.exited_in_time_count as double) / nullif(counted.due_count, 0)
        end as timely_exit_share,
        case
            when not spanned.has_feed then 'no_data'
            when coalesce(counted.due_count, 0) = 0 then 'not_applicable'
            when counted.due_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from spanned
    left join counted
        on
            spanned.area_code = counted.area_code
            and spanned.month = counted.month
            and spanned.programme_code = counted.programme_code
            and spanned.basis_code = counted.basis_code
)

select * from final
