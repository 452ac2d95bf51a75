with complaints as (
    select * from {{ ref('int_complaints__timed') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

population as (
    select * from {{ ref('int_population__by_month') }}
    where basis_code = 'resident'
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

fed as (
    select
        month,
        max(case when status_code = 'landed' then 1 else 0 end) as is_landed
    from deliveries
    where table_name = 'complaints' and month is not null
    group by month
),

-- Twelve months, as with casework; a month that did not come leaves how many there were untold.
windows as (
    select
        months.month,
        count(*) as month_count,
        min(fed.is_landed) = 1 as is_told
    from months
    inner join fed
        on
            months.month >= fed.month
            and {{ month_count('fed.month', 'months.month') }} < {{ cutoff('window_months') }}
    group by months.month
),

counted as (
    select
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        windows.month,
        count(*) as received_count,
        sum(case when complaints.is_due and complaints.is_over_limit is not null then 1 else 0 end) as due_count,
        sum(case when complaints.is_due and not complaints.is_over_limit then 1 else 0 end) as on_time_count
    from complaints
    inner join windows
        on
            complaints.month <= windows.month
            and {{ month_count('complaints.month', 'windows.month') }} < {{ cutoff('window_months') }}
    left join mapped
        on
            complaints.area_code = mapped.area_code
            and windows.month = mapped.month
    group by coalesce(mapped.mapped_area_code, 'unknown'), windows.month
),

-- A complaint may name a street alone, and where nobody complained is a zero: complaints and residents are added up
-- where each is.
rated as (
    select
        area_code,
        month,
        received_count,
        0 as population_count
    from counted
    union all
    select
        area_code,
        month,
        0 as received_count,
        population_count
    from population
),

told as (
    select
        area_code,
        month,
        'complaint_on_time_share' as indicator_code,
        cast(on_time_count as double) as numerator,
        cast(due_count as double) as denominator,
        due_count as persons_count
    from counted
    where due_count > 0
    union all
    -- A part of a year is told as if it went on like this.
    select
        rated.area_code,
        rated.month,
        'complaints_per_ten_thousand' as indicator_code,
        cast(sum(rated.received_count) * {{ cutoff('window_months') }} as double)
        / max(windows.month_count) as numerator,
        cast(sum(rated.population_count) as double) / 10000 as denominator,
        sum(rated.received_count) as persons_count
    from rated
    inner join windows
        on
            rated.month = windows.month
            and windows.is_told
    group by rated.area_code, rated.month
),

-- A complaint is about a place: both bases tell the same, per resident.
final as (
    select
        told.area_code,
        told.month,
        'dibao' as programme_code,
        bases.basis_code,
        told.indicator_code,
        told.numerator,
        told.denominator,
        cast(told.persons_count as bigint) as persons_count
    from told
    cross join bases
)

select * from final
