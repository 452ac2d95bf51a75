with exits as (
    select * from {{ ref('int_exits__followed') }}
),

reviews as (
    select * from {{ ref('int_reviews__judged') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

happened as (
    select
        'voluntary_exit_share' as indicator_code,
        programme_code,
        exit_month as month,
        hukou_area_code,
        residence_area_code,
        person_key,
        reason_code = 'voluntary' as is_counted
    from exits
    union all
    select
        'review_on_time_share' as indicator_code,
        programme_code,
        month,
        hukou_area_code,
        residence_area_code,
        person_key,
        is_in_time as is_counted
    from reviews
),

-- A month whose roster or list is missing must not be told from those before it.
told as (
    select
        'voluntary_exit_share' as indicator_code,
        programme_code,
        month
    from programme_months
    where has_roster
    union all
    select
        'review_on_time_share' as indicator_code,
        programmes.programme_code,
        deliveries.month
    from deliveries
    cross join (select distinct programme_code from reviews) as programmes
    where deliveries.table_name = 'reviews' and deliveries.status_code = 'landed'
),

-- Twelve months: few leave a street in one, and every household is reviewed once a year.
final as (
    select
        mapped.mapped_area_code as area_code,
        told.month,
        told.programme_code,
        bases.basis_code,
        told.indicator_code,
        cast(sum(case when happened.is_counted then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct happened.person_key) as persons_count
    from happened
    inner join told
        on
            happened.indicator_code = told.indicator_code
            and happened.programme_code = told.programme_code
            and happened.month <= told.month
            and {{ month_count('happened.month', 'told.month') }} < {{ cutoff('window_months') }}
    cross join bases
    inner join mapped
        on
            {{ area_on_basis('happened') }} = mapped.area_code
            and told.month = mapped.month
    group by mapped.mapped_area_code, told.month, told.programme_code, bases.basis_code, told.indicator_code
)

select * from final
