with items as (
    select * from {{ ref('int_income_items__placed') }}
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

fed as (
    select distinct month
    from deliveries
    where table_name = 'income_items' and status_code = 'landed'
),

-- Twelve months: every household declares once a year.
final as (
    select
        mapped.mapped_area_code as area_code,
        fed.month,
        items.programme_code,
        bases.basis_code,
        'income_unverified_share' as indicator_code,
        cast(
            sum(case when items.income_verification_code = 'unverified' then items.declared_amount_yuan else 0 end)
            as double
        ) as numerator,
        cast(sum(items.declared_amount_yuan) as double) as denominator,
        count(distinct items.person_key) as persons_count
    from items
    inner join fed
        on
            items.month <= fed.month
            and {{ month_count('items.month', 'fed.month') }} < {{ cutoff('window_months') }}
    cross join bases
    inner join mapped
        on
            {{ area_on_basis('items') }} = mapped.area_code
            and fed.month = mapped.month
    group by mapped.mapped_area_code, fed.month, items.programme_code, bases.basis_code
)

select * from final
