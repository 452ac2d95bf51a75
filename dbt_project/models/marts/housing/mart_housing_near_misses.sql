with applications as (
    select * from {{ ref('fct_housing_applications') }}
    where is_near_miss
),

measured as (
    select * from {{ ref('fct_housing_criteria') }}
    where is_failed
),

-- Name and unit of a criterion do not change with its threshold.
criteria as (
    select
        criterion_code,
        max(criterion_name) as criterion_name,
        max(unit) as unit
    from {{ ref('housing_criteria') }}
    group by criterion_code
),

final as (
    select
        applications.application_key,
        applications.person_key,
        applications.application_date,
        applications.decision_date,
        applications.decision_month as month,
        'housing' as programme_code,
        applications.hukou_area_code,
        applications.residence_area_code,
        applications.housing_aid_type_code,
        measured.criterion_code,
        criteria.criterion_name,
        criteria.unit,
        applications.member_count,
        measured.measured_value,
        measured.threshold_value,
        measured.miss_value,
        measured.miss_ratio,
        measured.is_narrow
    from applications
    inner join measured
        on applications.application_key = measured.application_key
    inner join criteria
        on measured.criterion_code = criteria.criterion_code
)

select * from final
