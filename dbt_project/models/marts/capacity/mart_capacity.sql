with staff as (
    select * from {{ ref('fct_staff') }}
),

households as (
    select * from {{ ref('fct_household_enrolments') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

quarters as (
    select distinct month
    from staff
),

begun as (
    select
        min(month) as first_month,
        -- The first list names those who left in its quarter, and nobody who left before.
        last_day({{ months_before('min(month)', cutoff('quarterly_list_months')) }}) as first_known_date
    from quarters
),

-- The latest list not after the month; one that is older than a quarter is a missing feed.
chosen as (
    select
        months.month,
        months.month_end_date,
        last_day({{ months_before('months.month', cutoff('window_months')) }}) as year_before_date,
        max(quarters.month) as list_month
    from months
    inner join quarters
        on
            months.month >= quarters.month
            and {{ months_after('quarters.month', cutoff('quarterly_list_months')) }} > months.month
    group by months.month, months.month_end_date
),

posted as (
    select
        ancestors.ancestor_area_code as area_code,
        chosen.month,
        count(*) as staff_count,
        cast(sum(case when staff.employment_type_code = 'full_time' then 1 else 0 end) as bigint) as full_time_count,
        cast(sum(case when staff.is_certified then 1 else 0 end) as bigint) as certified_count,
        cast(
            sum(case when staff.is_certified and staff.employment_type_code = 'full_time' then 1 else 0 end) as bigint
        ) as certified_full_time_count,
        {{ exact_sum('staff.full_time_equivalents') }} as full_time_equivalents
    from chosen
    inner join staff
        on chosen.list_month = staff.month
    inner join ancestors
        on staff.area_code = ancestors.area_code
    where
        staff.hired_date <= chosen.month_end_date
        and coalesce(staff.left_date > chosen.month_end_date, true)
    group by ancestors.ancestor_area_code, chosen.month
),

-- One a person and post, however many lists name it; only the lists up to the month are known in it.
stints as (
    select
        chosen.month,
        chosen.month_end_date,
        chosen.year_before_date,
        staff.person_key,
        staff.area_code,
        staff.hired_date,
        max(staff.left_date) as left_date
    from chosen
    inner join staff
        on chosen.list_month >= staff.month
    group by
        chosen.month,
        chosen.month_end_date,
        chosen.year_before_date,
        staff.person_key,
        staff.area_code,
        staff.hired_date
),

turned_over as (
    select
        ancestors.ancestor_area_code as area_code,
        stints.month,
        cast(
            sum(
                case
                    when stints.left_date > stints.year_before_date and stints.left_date <= stints.month_end_date
                        then 1
                    else 0
                end
            ) as bigint
        ) as leavers_count,
        cast(
            sum(
                case
                    when
                        stints.hired_date <= stints.year_before_date
                        and coalesce(stints.left_date > stints.year_before_date, true)
                        then 1
                    else 0
                end
            ) as bigint
        ) as year_before_count
    from stints
    cross join begun
    inner join ancestors
        on stints.area_code = ancestors.area_code
    where stints.year_before_date >= begun.first_known_date
    group by ancestors.ancestor_area_code, stints.month
),

listed as (
    select
        ancestors.ancestor_area_code as area_code,
        households.month,
        count(*) as cases_count
    from households
    inner join ancestors
        on households.hukou_area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, households.month
),

-- No office tells the staff of a village: the table begins at the level that is told.
told as (
    select min(areas.level_rank) as level_rank
    from staff
    inner join areas
        on staff.area_code = areas.area_code
    where areas.level_code <> 'special'
),

spanned as (
    select
        areas.area_code,
        areas.level_code,
        months.month,
        chosen.month is not null as has_feed
    from areas
    inner join told
        on areas.level_rank >= told.level_rank
    inner join months
        on
            areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
    inner join begun
        on months.month >= begun.first_month
    left join chosen
        on months.month = chosen.month
),

joined as (
    select
        spanned.area_code,
        spanned.level_code,
        spanned.month,
        spanned.has_feed,
        case when spanned.has_feed then coalesce(posted.staff_count, 0) end as staff_count,
        case when spanned.has_feed then coalesce(posted.full_time_count, 0) end as full_time_count,
        case when spanned.has_feed then coalesce(posted.certified_count, 0) end as certified_count,
        case when spanned.has_feed then coalesce(posted.certified_full_time_count, 0) end as certified_full_time_count,
        case when spanned.has_feed then coalesce(posted.full_time_equivalents, 0) end as full_time_equivalents,
        listed.cases_count,
        turned_over.leavers_count,
        turned_over.year_before_count
    from spanned
    left join posted
        on
            spanned.area_code = posted.area_code
            and spanned.month = posted.month
    left join listed
        on
            spanned.area_code = listed.area_code
            and spanned.month = listed.month
    left join turned_over
        on
            spanned.area_code = turned_over.area_code
            and spanned.month = turned_over.month
),

final as (
    select
        area_code,
        level_code,
        month,
        'hukou' as basis_code,
        staff_count,
        full_time_count,
        certified_count,
        certified_full_time_count,
        full_time_equivalents,
        cases_count,
        cases_count / nullif(full_time_equivalents, 0) as cases_per_fte,
        full_time_count / cast(nullif(staff_count, 0) as double) as full_time_share,
        certified_count / cast(nullif(staff_count, 0) as double) as certified_share,
        leavers_count,
        leavers_count / nullif((year_before_count + staff_count) / 2.0, 0) as turnover_share,
        certified_full_time_count = 0 as lacks_certified_full_timer,
        case
            when not has_feed then 'no_data'
            when staff_count = 0 then 'not_applicable'
            else 'ok'
        end as status
    from joined
)

select * from final
