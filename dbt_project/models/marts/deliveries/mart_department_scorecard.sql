with deliveries as (
    select * from {{ ref('fct_deliveries') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

-- What always replaces the whole owes no month; what comes irregularly owes none either, and is told when it comes.
owed as (
    select
        deliveries.*,
        coalesce(deliveries.cadence_code, 'irregular') <> 'irregular' as is_expected,
        deliveries.status_code <> 'missing' as has_arrived,
        deliveries.status_code = 'landed' as has_passed,
        deliveries.matched_areas_count + deliveries.unmatched_areas_count as named_areas_count
    from deliveries
    inner join months
        on deliveries.month = months.month
),

final as (
    select
        department_code,
        extract_name,
        month,
        department_name,
        extract_label,
        cadence_code,
        is_expected,
        has_arrived,
        case
            when not has_arrived then 'missing'
            when late_days_count > 0 then 'late'
            when late_days_count = 0 then 'on_time'
            else 'back_fill'
        end as timeliness_code,
        case when has_arrived then coalesce(late_days_count, 0) end as late_days_count,
        case when has_arrived then has_passed end as has_passed,
        unmet_count,
        is_restated,
        read_count,
        row_count,
        rejected_count,
        rejected_count / cast(nullif(row_count + rejected_count, 0) as double) as rejected_share,
        checked_ids_count,
        valid_ids_count / cast(nullif(checked_ids_count, 0) as double) as valid_ids_share,
        named_areas_count,
        matched_areas_count / cast(nullif(named_areas_count, 0) as double) as matched_areas_share,
        case
            when not has_arrived then 'no_data'
            when has_passed and row_count + rejected_count = 0 then 'not_applicable'
            else 'ok'
        end as status
    from owed
)

select * from final
