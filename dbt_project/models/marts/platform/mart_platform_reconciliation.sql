with records as (
    select * from {{ ref('fct_platform_records') }}
),

enrolments as (
    select * from {{ ref('fct_enrolments') }}
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

listed as (
    select *
    from records
    where platform_status_code = 'active'
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

rostered as (
    select enrolments.*
    from enrolments
    inner join platform_months
        on enrolments.month = platform_months.month
),

-- Where both know the person, the roster says where he is registered.
paired as (
    select
        coalesce(rostered.hukou_area_code, listed.hukou_area_code) as area_code,
        coalesce(rostered.month, listed.month) as month,
        coalesce(rostered.programme_code, listed.programme_code) as programme_code,
        case when rostered.person_key is not null then 1 else 0 end as roster_count,
        case when listed.person_key is not null then 1 else 0 end as platform_count,
        case when rostered.person_key is not null and listed.person_key is not null then 1 else 0 end as both_count,
        -- A number that is wrong on the roster cannot be found on the platform: another matter than a person missing.
        case
            when listed.person_key is null and rostered.id_status_code <> 'valid' then 1
            else 0
        end as roster_unidentified_count
    from rostered
    full outer join listed
        on
            rostered.person_key = listed.person_key
            and rostered.programme_code = listed.programme_code
            and rostered.month = listed.month
),

rolled as (
    select
        ancestors.ancestor_area_code as area_code,
        paired.month,
        paired.programme_code,
        sum(paired.roster_count) as roster_count,
        sum(paired.platform_count) as platform_count,
        sum(paired.both_count) as both_count,
        sum(paired.roster_unidentified_count) as roster_unidentified_count
    from paired
    inner join ancestors
        on paired.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, paired.month, paired.programme_code
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
