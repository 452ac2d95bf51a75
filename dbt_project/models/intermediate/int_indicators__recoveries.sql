with recoveries as (
    select * from {{ ref('stg_casework__recoveries') }}
),

households as (
    select * from {{ ref('int_households__collected') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
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
    {{ recoveries_told('months', 'deliveries') }}
),

-- All that was ever demanded back: a debt does not lapse after a year, and a street has a handful.
final as (
    select
        mapped.mapped_area_code as area_code,
        fed.month,
        recoveries.programme_code,
        bases.basis_code,
        'recovered_share' as indicator_code,
        cast(sum({{ recovered_by('recoveries', 'last_day(fed.month)') }}) as double) as numerator,
        cast(sum(recoveries.due_amount_yuan) as double) as denominator,
        count(*) as persons_count
    from fed
    inner join recoveries
        on
            recoveries.is_current
            and recoveries.decision_date <= last_day(fed.month)
    inner join households
        on recoveries.household_key = households.household_key
    cross join bases
    inner join mapped
        on
            {{ area_on_basis('households') }} = mapped.area_code
            and fed.month = mapped.month
    group by mapped.mapped_area_code, fed.month, recoveries.programme_code, bases.basis_code
)

select * from final
