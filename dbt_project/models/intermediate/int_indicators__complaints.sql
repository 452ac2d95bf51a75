with complaints as (
    select * from {{ ref('int_complaints__timed') }}
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

-- Twelve months, as with casework. A complaint is about a place: both bases tell the same.
final as (
    select
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        months.month,
        'dibao' as programme_code,
        bases.basis_code,
        'complaint_on_time_share' as indicator_code,
        cast(sum(case when complaints.is_over_limit then 0 else 1 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(*) as persons_count
    from complaints
    inner join months
        on
            complaints.month <= months.month
            and {{ month_count('complaints.month', 'months.month') }} < {{ cutoff('window_months') }}
    left join mapped
        on
            complaints.area_code = mapped.area_code
            and months.month = mapped.month
    cross join bases
    where complaints.is_due and complaints.is_over_limit is not null
    group by coalesce(mapped.mapped_area_code, 'unknown'), months.month, bases.basis_code
)

select * from final
