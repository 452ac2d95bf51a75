with visits as (
    select * from {{ ref('fct_visits') }}
),

reports as (
    select * from {{ ref('fct_verification_reports') }}
),

pairs as (
    select * from {{ ref('fct_check_pairs') }}
),

households as (
    select * from {{ ref('dim_households') }}
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

fed as (
    select
        month,
        max(case when table_name = 'visits' then 1 else 0 end) = 1 as has_visits,
        max(case when table_name = 'verification_reports' then 1 else 0 end) = 1 as has_reports
    from deliveries
    where table_name in ('visits', 'verification_reports') and status_code = 'landed' and month is not null
    group by month
),

begun as (
    select min(month) as first_month
    from fed
),

visited as (
    select
        ancestors.ancestor_area_code as area_code,
        visits.month,
        count(*) as visits_count,
        count(distinct visits.household_key) as visited_households_count,
        sum(case when visits.is_conclusive then 1 else 0 end) as conclusive_visits_count,
        sum(case when visits.is_hit then 1 else 0 end) as visit_hits_count
    from visits
    inner join ancestors
        on visits.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, visits.month
),

reported as (
    select
        ancestors.ancestor_area_code as area_code,
        reports.month,
        count(*) as reports_count,
        count(distinct reports.household_key) as reported_households_count,
        sum(case when reports.is_conclusive then 1 else 0 end) as conclusive_reports_count,
        sum(case when reports.is_hit then 1 else 0 end) as report_hits_count
    from reports
    inner join ancestors
        on reports.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, reports.month
),

housed as (
    select
        households.household_key,
        area_codes.month,
        area_codes.mapped_area_code as area_code
    from households
    inner join area_codes
        on {{ home_of('households') }} = area_codes.area_code
),

paired as (
    select
        ancestors.ancestor_area_code as area_code,
        pairs.month,
        count(*) as pairs_count,
        sum(case when pairs.is_disagreement then 1 else 0 end) as disagreements_count
    from pairs
    inner join housed
        on
            pairs.household_key = housed.household_key
            and pairs.month = housed.month
    inner join ancestors
        on housed.area_code = ancestors.area_code
    group by ancestors.ancestor_area_code, pairs.month
),

spanned as (
    select
        areas.area_code,
        areas.area_name,
        areas.level_code,
        areas.level_name,
        months.month,
        coalesce(fed.has_visits, false) as has_visits,
        coalesce(fed.has_reports, false) as has_reports
    from areas
    inner join months
        on
            areas.level_code <> 'special'
            and areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
    inner join begun
        on months.month >= begun.first_month
    left join fed
        on months.month = fed.month
),

counted as (
    select
        spanned.*,
        case when spanned.has_visits then coalesce(visited.visits_count, 0) end as visits_count,
        case when spanned.has_visits then coalesce(visited.visited_households_count, 0) end
            as visited_households_count,
        case when spanned.has_visits then coalesce(visited.conclusive_visits_count, 0) end as conclusive_visits_count,
        case when spanned.has_visits then coalesce(visited.visit_hits_count, 0) end as visit_hits_count,
        case when spanned.has_reports then coalesce(reported.reports_count, 0) end as reports_count,
        case when spanned.has_reports then coalesce(reported.reported_households_count, 0) end
            as reported_households_count,
        case when spanned.has_reports then coalesce(reported.conclusive_reports_count, 0) end
            as conclusive_reports_count,
        case when spanned.has_reports then coalesce(reported.report_hits_count, 0) end as report_hits_count,
        case when spanned.has_visits and spanned.has_reports then coalesce(paired.pairs_count, 0) end as pairs_count,
        case when spanned.has_visits and spanned.has_reports then coalesce(paired.disagreements_count, 0) end
            as disagreements_count
    from spanned
    left join visited
        on
            spanned.area_code = visited.area_code
            and spanned.month = visited.month
    left join reported
        on
            spanned.area_code = reported.area_code
            and spanned.month = reported.month
    left join paired
        on
            spanned.area_code = paired.area_code
            and spanned.month = paired.month
),

final as (
    select
        area_code,
        month,
        area_name,
        level_code,
        level_name,
        cast(visits_count as bigint) as visits_count,
        cast(visited_households_count as bigint) as visited_households_count,
        cast(conclusive_visits_count as bigint) as conclusive_visits_count,
        cast(visit_hits_count as bigint) as visit_hits_count,
        visit_hits_count / cast(nullif(conclusive_visits_count, 0) as double) as visit_hit_share,
        cast(reports_count as bigint) as reports_count,
        cast(reported_households_count as bigint) as reported_households_count,
        cast(conclusive_reports_count as bigint) as conclusive_reports_count,
        cast(report_hits_count as bigint) as report_hits_count,
        report_hits_count / cast(nullif(conclusive_reports_count, 0) as double) as report_hit_share,
        cast(pairs_count as bigint) as pairs_count,
        cast(disagreements_count as bigint) as disagreements_count,
        disagreements_count / cast(nullif(pairs_count, 0) as double) as disagreement_share,
        case
            when not (has_visits and has_reports) then 'no_data'
            when visits_count + reports_count = 0 then 'not_applicable'
            when visits_count + reports_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from counted
)

select * from final
