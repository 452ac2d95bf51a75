{% set measures = ['received', 'due', 'on_time', 'closed', 'substantiated', 'answered', 'satisfied'] -%}

with complaints as (
    select * from {{ ref('fct_complaints') }}
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

deliveries as (
    select * from {{ ref('fct_deliveries') }}
),

residents as (
    select
        area_code,
        month,
        population_count
    from {{ ref('fct_area_months') }}
    where programme_code = 'dibao' and basis_code = 'resident'
),

fed as (
    select distinct month
    from deliveries
    where table_name = 'complaints' and status_code = 'landed'
),

-- A year back from the month, as far as there is one; a month that did not come leaves all of it untold.
windows as (
    select
        months.month,
        count(*) as month_count,
        count(fed.month) as told_month_count
    from months
    inner join months as earlier
        on
            months.month >= earlier.month
            and {{ month_count('earlier.month', 'months.month') }} < {{ cutoff('window_months') }}
            and earlier.month >= (select min(first_fed.month) from fed as first_fed)
    left join fed
        on earlier.month = fed.month
    group by months.month
),

-- Under the codes of the month that is told: a village that was renamed since keeps what was said of it.
rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        windows.month,
        sum(case when complaints.month = windows.month then 1 else 0 end) as month_received_count,
        count(*) as received_count,
        sum(case when complaints.is_due then 1 else 0 end) as due_count,
        sum(case when complaints.is_due and not complaints.is_over_limit then 1 else 0 end) as on_time_count,
        sum(case when complaints.is_closed then 1 else 0 end) as closed_count,
        sum(case when complaints.is_substantiated then 1 else 0 end) as substantiated_count,
        count(complaints.satisfaction_code) as answered_count,
        sum(case when complaints.satisfaction_code in ('satisfied', 'fair') then 1 else 0 end) as satisfied_count
    from complaints
    inner join windows
        on
            complaints.month <= windows.month
            and {{ month_count('complaints.month', 'windows.month') }} < {{ cutoff('window_months') }}
    inner join area_codes
        on
            complaints.area_code = area_codes.area_code
            and windows.month = area_codes.month
    inner join ancestors
        on area_codes.mapped_area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, windows.month
),

counted as (
    select
        areas.area_code,
        windows.month,
        areas.area_name,
        areas.level_code,
        residents.population_count,
        windows.month_count,
        windows.told_month_count = windows.month_count as is_told,
        coalesce(rolled.month_received_count, 0) as month_received_count,
    {% for measure in measures %}
        cast(coalesce(rolled.{{ measure }}_count, 0) as bigint) as {{ measure }}_count{{ ',' if not loop.last }}
    {% endfor %}
    from windows
    inner join areas
        on
            windows.month >= areas.valid_from_month
            and coalesce(windows.month <= areas.valid_to_month, true)
    left join residents
        on
            areas.area_code = residents.area_code
            and windows.month = residents.month
    left join rolled
        on
            areas.area_code = rolled.area_code
            and windows.month = rolled.month
),

final as (
    select
        area_code,
        month,
        area_name,
        level_code,
        month_count as window_month_count,
        population_count,
        cast(case when is_told then month_received_count end as bigint) as month_received_count,
        {% for measure in measures %}
            case when is_told then {{ measure }}_count end as {{ measure }}_count,
        {% endfor %}
        -- A part of a year is told as if it went on like this.
        case
            when is_told and level_code <> 'special'
                then
                    10000 * received_count * {{ cutoff('window_months') }} / month_count
                    / nullif(population_count, 0)
        end as received_per_ten_thousand,
        case when is_told then cast(on_time_count as double) / nullif(due_count, 0) end as on_time_share,
        case when is_told then cast(substantiated_count as double) / nullif(closed_count, 0) end
            as substantiated_share,
        case when is_told then cast(satisfied_count as double) / nullif(answered_count, 0) end as satisfied_share,
        case
            when not is_told then 'no_data'
            when level_code = 'special' or received_count = 0 then 'not_applicable'
            when received_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from counted
)

select * from final
