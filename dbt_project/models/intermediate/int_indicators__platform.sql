with compared as (
    select * from {{ ref('int_platform_records__compared') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

-- The platform tells a register and no residence: by hukou alone. Without the roster everybody would be a difference.
final as (
    select
        compared.hukou_area_code as area_code,
        compared.month,
        compared.programme_code,
        'hukou' as basis_code,
        'platform_agreement_share' as indicator_code,
        cast(sum(case when compared.is_on_roster and compared.is_on_platform then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(*) as persons_count
    from compared
    inner join programme_months
        on
            compared.programme_code = programme_months.programme_code
            and compared.month = programme_months.month
            and programme_months.has_roster
    group by compared.hukou_area_code, compared.month, compared.programme_code
)

select * from final
