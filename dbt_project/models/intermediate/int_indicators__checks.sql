with checks as (
    select * from {{ ref('int_checks__placed') }}
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

-- A month whose list is missing must not be told from the lists before it.
fed as (
    select distinct
        month,
        case table_name when 'visits' then 'visit' else 'report' end as check_type
    from deliveries
    where table_name in ('visits', 'verification_reports') and status_code = 'landed' and month is not null
),

-- Twelve months: a village has a handful of checks in one. Households are checked where they are: both bases tell the
-- same.
final as (
    select
        mapped.mapped_area_code as area_code,
        fed.month,
        'dibao' as programme_code,
        bases.basis_code,
        fed.check_type || '_hit_share' as indicator_code,
        cast(sum(case when checks.is_hit then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct checks.household_key) as persons_count
    from fed
    inner join checks
        on
            fed.check_type = checks.check_type
            and fed.month >= checks.month
            and {{ month_count('checks.month', 'fed.month') }} < {{ cutoff('window_months') }}
    inner join mapped
        on
            checks.area_code = mapped.area_code
            and fed.month = mapped.month
    cross join bases
    where checks.is_conclusive
    group by mapped.mapped_area_code, fed.month, bases.basis_code, fed.check_type
)

select * from final
