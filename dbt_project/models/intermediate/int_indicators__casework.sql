with events as (
    select * from {{ ref('int_case_events__timed') }}
),

applications as (
    select * from {{ ref('int_applications__decided') }}
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

-- Twelve months, as with medical protection: a village has few applications a year.
final as (
    select
        mapped.mapped_area_code as area_code,
        months.month,
        applications.programme_code,
        bases.basis_code,
        'casework_on_time_share' as indicator_code,
        cast(sum(case when events.is_over_limit then 0 else 1 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct applications.person_key) as persons_count
    from events
    inner join applications
        on events.application_key = applications.application_key
    inner join months
        on
            events.month <= months.month
            and {{ months_after('events.month', cutoff('window_months')) }} > months.month
    cross join bases
    inner join mapped
        on
            {{ area_on_basis('applications') }} = mapped.area_code
            and months.month = mapped.month
    where events.is_over_limit is not null
    group by
        mapped.mapped_area_code,
        months.month,
        applications.programme_code,
        bases.basis_code
)

select * from final
