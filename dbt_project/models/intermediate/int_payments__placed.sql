with payments as (
    select * from {{ ref('int_payments__settled') }}
),

households as (
    select * from {{ ref('int_households__judged') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

benefits as (
    select distinct
        household_key,
        programme_code,
        benefit_month
    from payments
),

-- Where the household stood on the roster of the benefit month …
listed as (
    select
        benefits.household_key,
        benefits.programme_code,
        benefits.benefit_month,
        households.hukou_area_code,
        households.residence_area_code
    from benefits
    left join households
        on
            benefits.household_key = households.household_key
            and benefits.programme_code = households.programme_code
            and benefits.benefit_month = households.month
),

-- … or, where that roster is missing, on the nearest one before, else after.
nearest as (
    select
        listed.household_key,
        listed.programme_code,
        listed.benefit_month,
        households.hukou_area_code,
        households.residence_area_code,
        row_number() over (
            partition by listed.household_key, listed.programme_code, listed.benefit_month
            order by
                case when households.month < listed.benefit_month then 0 else 1 end,
                abs({{ month_count('households.month', 'listed.benefit_month') }})
        ) as nearness
    from listed
    inner join households
        on
            listed.household_key = households.household_key
            and listed.programme_code = households.programme_code
    where listed.hukou_area_code is null
),

placed as (
    select
        household_key,
        programme_code,
        benefit_month,
        hukou_area_code,
        residence_area_code
    from listed
    where hukou_area_code is not null
    union all
    select
        household_key,
        programme_code,
        benefit_month,
        hukou_area_code,
        residence_area_code
    from nearest
    where nearness = 1
),

final as (
    select
        payments.*,
        coalesce(hukou.mapped_area_code, placed.hukou_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, placed.residence_area_code, 'unknown') as residence_area_code
    from payments
    left join placed
        on
            payments.household_key = placed.household_key
            and payments.programme_code = placed.programme_code
            and payments.benefit_month = placed.benefit_month
    left join mapped as hukou
        on
            placed.hukou_area_code = hukou.area_code
            and placed.benefit_month = hukou.month
    left join mapped as residence
        on
            placed.residence_area_code = residence.area_code
            and placed.benefit_month = residence.month
)

select * from final
