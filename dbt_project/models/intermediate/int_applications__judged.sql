with applications as (
    select * from {{ ref('stg_housing__housing_applications') }}
    where is_current
),

measured as (
    select * from {{ ref('int_applications__measured') }}
),

tested as (
    select
        application_key,
        sum(case when miss_value > 0 then 1 else 0 end) as failed_criteria_count,
        sum(case when miss_value is null then 1 else 0 end) as unmeasured_criteria_count,
        bool_or(coalesce(miss_value > 0 and miss_value <= threshold_value * narrow_share, false)) as is_any_narrow
    from measured
    group by application_key
),

judged as (
    select
        applications.*,
        cast(coalesce(tested.failed_criteria_count, 0) as bigint) as failed_criteria_count,
        cast(coalesce(tested.unmeasured_criteria_count, 0) as bigint) as unmeasured_criteria_count,
        applications.housing_decision_code = 'rejected' as is_rejected,
        -- What was not measured might have failed as well: then nobody can say "for one only".
        applications.housing_decision_code = 'rejected'
        and coalesce(tested.failed_criteria_count = 1 and tested.unmeasured_criteria_count = 0, false) as is_near_miss,
        coalesce(tested.is_any_narrow, false) as is_any_narrow
    from applications
    left join tested
        on applications.application_key = tested.application_key
),

final as (
    select
        application_key,
        person_key,
        application_date,
        decision_date,
        -- A decision without a day is one of the month that reports it.
        case
            when housing_decision_code <> 'pending'
                then cast(date_trunc('month', coalesce(decision_date, report_month)) as date)
        end as decision_month,
        report_month,
        hukou_area_code,
        residence_area_code,
        housing_aid_type_code,
        housing_decision_code,
        coalesce(id_status_code, 'missing') as id_status_code,
        member_count,
        failed_criteria_count,
        unmeasured_criteria_count,
        is_rejected,
        is_near_miss,
        is_near_miss and is_any_narrow as is_narrow_miss
    from judged
)

select * from final
