with disabilities as (
    select * from {{ ref('stg_disability__disabilities') }}
),

grades as (
    select * from {{ ref('disability_grades') }}
),

enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

told as (
    select distinct report_month
    from disabilities
    where is_current
),

missing as (
    select month
    from deliveries
    where table_name = 'disabilities' and status_code <> 'landed'
),

-- The quarter that tells of a month: the latest one not after it. Where a later one should be there and is not, the old
-- one is not carried on: nothing is known.
quarters as (
    select
        months.month,
        max(told.report_month) as disability_month
    from months
    inner join told
        on months.month >= told.report_month
    left join missing
        on months.month >= missing.month
    group by months.month
    having coalesce(max(missing.month) < max(told.report_month), true)
),

-- A roster that is missing in a month takes nobody's enrolment away: the last one before it tells.
rosters as (
    select
        quarters.month,
        programme_months.programme_code,
        max(programme_months.month) as roster_month
    from quarters
    inner join programme_months
        on quarters.month >= programme_months.month
    where programme_months.has_roster
    group by quarters.month, programme_months.programme_code
),

-- Only valid numbers are matched: who has none goes by a surrogate key of each department.
enrolled as (
    select distinct
        enrolments.person_key,
        rosters.month
    from enrolments
    inner join rosters
        on
            enrolments.programme_code = rosters.programme_code
            and enrolments.month = rosters.roster_month
    where enrolments.id_status_code = 'valid'
),

final as (
    select
        disabilities.person_key,
        quarters.month,
        quarters.disability_month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        disabilities.disability_type_code,
        disabilities.disability_grade_code,
        coalesce(disabilities.id_status_code, 'missing') as id_status_code,
        disabilities.certified_date,
        grades.is_severe,
        disabilities.has_living_subsidy,
        disabilities.has_care_subsidy,
        enrolled.person_key is not null as is_enrolled,
        disabilities.has_living_subsidy or disabilities.has_care_subsidy or enrolled.person_key is not null
            as has_any_benefit
    from disabilities
    inner join quarters
        on disabilities.report_month = quarters.disability_month
    inner join grades
        on disabilities.disability_grade_code = grades.disability_grade_code
    left join enrolled
        on
            disabilities.person_key = enrolled.person_key
            and quarters.month = enrolled.month
    left join mapped as hukou
        on
            disabilities.hukou_area_code = hukou.area_code
            and quarters.month = hukou.month
    left join mapped as residence
        on
            disabilities.residence_area_code = residence.area_code
            and quarters.month = residence.month
    where disabilities.is_current
)

select * from final
