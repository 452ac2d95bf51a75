with applications as (
    select * from {{ ref('int_applications__judged') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

told_months as (
    select distinct month
    from deliveries
    where table_name = 'housing_applications' and status_code = 'landed'
),

-- Twelve months: a street refuses a handful of applicants in one.
rejected as (
    select
        told_months.month,
        bases.basis_code,
        {{ area_on_basis('applications') }} as area_code,
        applications.is_near_miss
    from applications
    inner join told_months
        on
            applications.decision_month <= told_months.month
            and {{ months_after('applications.decision_month', 12) }} > told_months.month
    cross join bases
    where applications.is_rejected
),

final as (
    select
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        rejected.month,
        'housing' as programme_code,
        rejected.basis_code,
        'housing_near_miss_share' as indicator_code,
        cast(sum(case when rejected.is_near_miss then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(*) as persons_count
    from rejected
    left join mapped
        on
            rejected.area_code = mapped.area_code
            and rejected.month = mapped.month
    group by coalesce(mapped.mapped_area_code, 'unknown'), rejected.month, rejected.basis_code
)

select * from final
