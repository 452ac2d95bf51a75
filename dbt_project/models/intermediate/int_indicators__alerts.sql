with alerts as (
    select * from {{ ref('int_alerts__followed') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- What is only watched is never late, and what the platform sends with its outcome has no day of an answer: neither
-- says whether anybody was in time.
due as (
    select
        *,
        coalesce(first_decided_date <= due_date, false) and not is_reopened as is_in_time
    from alerts
    where has_deadline and (outcome_code is null or first_decided_date is not null)
),

-- Those whose time was up within twelve months; a warning is about a person, on a roster or on none.
final as (
    select
        mapped.mapped_area_code as area_code,
        months.month,
        'dibao' as programme_code,
        bases.basis_code,
        'alerts_on_time_share' as indicator_code,
        cast(sum(case when due.is_in_time then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct due.person_key) as persons_count
    from due
    inner join months
        on
            due.due_date <= last_day(months.month)
            and due.due_date > last_day({{ months_before('months.month', cutoff('window_months')) }})
    cross join bases
    inner join mapped
        on
            {{ area_on_basis('due') }} = mapped.area_code
            and months.month = mapped.month
    group by mapped.mapped_area_code, months.month, bases.basis_code
)

select * from final
