with records as (
    select * from {{ ref('fct_platform_records') }}
),

compared as (
    select * from {{ ref('fct_platform_comparisons') }}
),

programme_months as (
    select * from {{ ref('fct_programme_months') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

platform_months as (
    select distinct month
    from records
),

begun as (
    select min(month) as month
    from platform_months
),

-- Months that both sides have told: a missing list would make everybody a difference.
compared_months as (
    select
        months.month,
        programme_months.programme_code,
        platform_months.month is not null and programme_months.has_roster as is_told
    from months
    inner join begun
        on months.month >= begun.month
    inner join programme_months
        on months.month = programme_months.month
    left join platform_months
        on months.month = platform_months.month
),

rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        compared.month,
        compared.programme_code,
        sum(case when compared.is_on_roster then 1 else 0 end) as roster_count,
        sum(case when compared.is_on_platform then 1 else 0 end) as platform_count,
        sum(case when compared.is_on_roster and compared.is_on_platform then 1 else 0 end) as both_count,
        sum(case when compared.is_unidentified then 1 else 0 end) as roster_unidentified_count
    from compared
    inner join ancestors
        on compared.hukou_area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, compared.month, compared.programme_code
),

counted as (
    select
        areas.area_code,
        compared_months.month,
        compared_months.programme_code,
        {% for measure in ['roster', 'platform', 'both', 'roster_unidentified'] %}
            cast(case when compared_months.is_told then coalesce(rolled.{{ measure }}_count, 0) end as bigint)
                as {{ measure }}_count,
        {% endfor %}
        areas.level_code,
        compared_months.is_told
    from areas
    inner join compared_months
        on
            areas.valid_from_month <= compared_months.month
            and coalesce(areas.valid_to_month >= compared_months.month, true)
    left join rolled
        on
            areas.area_code = rolled.area_code
            and compared_months.month = rolled.month
            and compared_months.programme_code = rolled.programme_code
),

final as (
    select
        area_code,
        month,
        programme_code,
        level_code,
        roster_count,
        platform_count,
        both_count,
        platform_count - both_count as only_platform_count,
        roster_count - both_count as only_roster_count,
        roster_unidentified_count,
        cast(both_count as double) / nullif(roster_count + platform_count - both_count, 0) as agreement_share,
        case
            when not is_told then 'no_data'
            when level_code = 'special' or roster_count + platform_count = 0 then 'not_applicable'
            when roster_count + platform_count - both_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from counted
)

select * from final
