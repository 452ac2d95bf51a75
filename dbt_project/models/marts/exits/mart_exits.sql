with exits as (
    select * from {{ ref('fct_exits') }}
),

graces as (
    select * from {{ ref('fct_grace_periods') }}
),

misreports as (
    select * from {{ ref('fct_misreports') }}
),

reviews as (
    select * from {{ ref('fct_reviews') }}
),

programme_months as (
    select * from {{ ref('fct_programme_months') }}
),

deliveries as (
    select * from {{ ref('fct_deliveries') }}
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

months as (
    select * from {{ ref('dim_months') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

reviewed_months as (
    select distinct month
    from deliveries
    where table_name = 'reviews' and status_code = 'landed'
),

-- One row per thing that happened: a person's exit, a grace period that began or ended, a review that fell due.
happened as (
    select
        'exit' as event_code,
        programme_code,
        exit_month as month,
        hukou_area_code,
        residence_area_code,
        {{ exit_reason('reason_code') }} as reason_code,
        is_after_grace,
        case when is_reentry then reentry_month end as followed_month,
        false as is_in_time
    from exits
    union all
    select
        'grace_begun' as event_code,
        programme_code,
        first_month as month,
        hukou_area_code,
        residence_area_code,
        null as reason_code,
        false as is_after_grace,
        null as followed_month,
        false as is_in_time
    from graces
    union all
    select
        'grace_ended' as event_code,
        programme_code,
        end_month as month,
        hukou_area_code,
        residence_area_code,
        null as reason_code,
        false as is_after_grace,
        null as followed_month,
        false as is_in_time
    from graces
    where end_month is not null
    union all
    select
        'misreport' as event_code,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        null as reason_code,
        false as is_after_grace,
        null as followed_month,
        false as is_in_time
    from misreports
    union all
    select
        'review' as event_code,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        null as reason_code,
        false as is_after_grace,
        cast(date_trunc('month', done_date) as date) as followed_month,
        is_in_time
    from reviews
),

placed as (
    select
        happened.*,
        bases.basis_code,
        {{ area_on_basis('happened') }} as village_code
    from happened
    cross join bases
),

-- The twelve months up to each month, under the codes in force in it; what came later is not known in it yet.
windowed as (
    select
        placed.*,
        months.month as as_of_month,
        placed.followed_month <= months.month as is_followed,
        area_codes.mapped_area_code
    from placed
    inner join months
        on
            placed.month <= months.month
            and {{ month_count('placed.month', 'months.month') }} < {{ cutoff('window_months') }}
    inner join area_codes
        on
            placed.village_code = area_codes.area_code
            and months.month = area_codes.month
),

counted as (
    select
        ancestors.ancestor_area_code as area_code,
        windowed.as_of_month as month,
        windowed.programme_code,
        windowed.basis_code,
        sum(case when windowed.event_code = 'exit' then 1 else 0 end) as exits_count,
        {% for reason in exit_reasons() if reason != 'suspended' %}
            sum(case when windowed.reason_code = '{{ reason }}' then 1 else 0 end) as exits_{{ reason }}_count,
        {% endfor %}
        sum(case when windowed.is_after_grace then 1 else 0 end) as exits_after_grace_count,
        sum(case when windowed.event_code = 'exit' and windowed.is_followed then 1 else 0 end) as reentries_count,
        sum(case when windowed.event_code = 'grace_begun' then 1 else 0 end) as graces_begun_count,
        sum(case when windowed.event_code = 'grace_ended' then 1 else 0 end) as graces_ended_count,
        sum(case when windowed.event_code = 'misreport' then 1 else 0 end) as misreports_count,
        sum(case when windowed.event_code = 'review' then 1 else 0 end) as reviews_due_count,
        sum(case when windowed.event_code = 'review' and windowed.is_followed then 1 else 0 end) as reviews_done_count,
        sum(case when windowed.is_in_time then 1 else 0 end) as reviews_in_time_count
    from windowed
    inner join ancestors
        on windowed.mapped_area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, windowed.as_of_month, windowed.programme_code, windowed.basis_code
),

spanned as (
    select
        areas.area_code,
        areas.level_code,
        programme_months.month,
        programme_months.programme_code,
        bases.basis_code,
        programme_months.has_roster,
        reviewed_months.month is not null as has_reviews
    from areas
    inner join programme_months
        on
            areas.level_code <> 'special'
            and areas.valid_from_month <= programme_months.month
            and coalesce(areas.valid_to_month >= programme_months.month, true)
    cross join bases
    left join reviewed_months
        on programme_months.month = reviewed_months.month
),

final as (
    select
        spanned.area_code,
        spanned.level_code,
        spanned.month,
        spanned.programme_code,
        spanned.basis_code,
    {% for measure in [
        'exits_count', 'exits_voluntary_count', 'exits_income_count', 'exits_death_count', 'exits_moved_count',
        'exits_custody_count', 'exits_transferred_count', 'exits_other_count', 'exits_after_grace_count',
        'reentries_count', 'graces_begun_count', 'graces_ended_count', 'misreports_count',
    ] %}
            case when spanned.has_roster then cast(coalesce(counted.{{ measure }}, 0) as bigint) end as {{ measure }},
        {% endfor %}
        {% for measure in ['reviews_due_count', 'reviews_done_count', 'reviews_in_time_count'] %}
            case when spanned.has_reviews then cast(coalesce(counted.{{ measure }}, 0) as bigint) end as {{ measure }},
        {% endfor %}
        case when spanned.has_roster then counted.exits_voluntary_count end
        / nullif(cast(counted.exits_count as double), 0) as voluntary_exit_share,
        case when spanned.has_roster then counted.reentries_count end
        / nullif(cast(counted.exits_count as double), 0) as reentry_share,
        case when spanned.has_reviews then counted.reviews_in_time_count end
        / nullif(cast(counted.reviews_due_count as double), 0) as review_on_time_share,
        case
            when not spanned.has_roster then 'no_data'
            when coalesce(counted.exits_count, 0) = 0 then 'not_applicable'
            when counted.exits_count < {{ cutoff('small_expected_count') }} then 'small_sample'
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
