with standards as (
    select * from {{ ref('dim_standards') }}
),

bases as (
    select * from {{ ref('standard_bases') }}
),

statistics as (
    select * from {{ ref('fct_price_statistics') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

-- A month has the standard in force on its last day.
in_force as (
    select
        standards.area_code,
        months.month,
        months.month_end_date,
        standards.programme_code,
        standards.standard_amount_yuan
    from months
    inner join standards
        on
            months.month_end_date >= standards.valid_from_date
            and coalesce(months.month_end_date <= standards.valid_to_date, true)
),

based as (
    select
        standards.area_code,
        standards.programme_code,
        bases.base_date,
        standards.standard_amount_yuan as base_standard_amount_yuan
    from bases
    inner join standards
        on
            bases.programme_code = standards.programme_code
            and bases.base_date >= standards.valid_from_date
            and coalesce(bases.base_date <= standards.valid_to_date, true)
),

-- What the area itself does not publish, the nearest one above it does.
asked as (
    select
        area_code,
        month_end_date as asked_date
    from in_force
    union
    select
        area_code,
        base_date as asked_date
    from based
),

told as (
    select
        asked.area_code,
        asked.asked_date,
        statistics.statistic_code,
        statistics.statistic_value,
        row_number() over (
            partition by asked.area_code, asked.asked_date, statistics.statistic_code
            order by ancestors.ancestor_level_rank
        ) as distance
    from asked
    inner join ancestors
        on asked.area_code = ancestors.area_code
    inner join statistics
        on
            ancestors.ancestor_area_code = statistics.area_code
            and asked.asked_date >= statistics.valid_from_date
            and coalesce(asked.asked_date <= statistics.valid_to_date, true)
),

pivoted as (
    select
        {% for statistic in ['income_per_head', 'consumption_per_head', 'minimum_wage', 'price_index'] %}
            cast(max(case when statistic_code = '{{ statistic }}' then statistic_value end) as double)
                as {{ statistic }},
        {% endfor %}
        area_code,
        asked_date
    from told
    where distance = 1
    group by area_code, asked_date
),

compared as (
    select
        in_force.area_code,
        in_force.month,
        in_force.programme_code,
        areas.level_code,
        in_force.standard_amount_yuan,
        based.base_date,
        based.base_standard_amount_yuan,
        pivoted.income_per_head as income_per_head_yuan,
        pivoted.consumption_per_head as consumption_per_head_yuan,
        pivoted.minimum_wage as minimum_wage_yuan,
        cast(in_force.standard_amount_yuan as double) as standard_yuan,
        cast(dibao.standard_amount_yuan as double) as dibao_yuan,
        cast(in_force.standard_amount_yuan as double) / cast(based.base_standard_amount_yuan as double) as growth,
        pivoted.price_index / base_prices.price_index as price_growth
    from in_force
    inner join areas
        on in_force.area_code = areas.area_code
    left join based
        on
            in_force.area_code = based.area_code
            and in_force.programme_code = based.programme_code
    left join in_force as dibao
        on
            in_force.area_code = dibao.area_code
            and in_force.month = dibao.month
            and dibao.programme_code = 'dibao'
    left join pivoted
        on
            in_force.area_code = pivoted.area_code
            and in_force.month_end_date = pivoted.asked_date
    left join pivoted as base_prices
        on
            based.area_code = base_prices.area_code
            and based.base_date = base_prices.asked_date
),

final as (
    select
        area_code,
        month,
        programme_code,
        level_code,
        standard_amount_yuan,
        base_date,
        base_standard_amount_yuan,
        growth - 1 as growth_rate,
        price_growth - 1 as price_growth_rate,
        growth / price_growth - 1 as real_growth_rate,
        standard_yuan / dibao_yuan as dibao_standard_ratio,
        income_per_head_yuan,
        consumption_per_head_yuan,
        minimum_wage_yuan,
        standard_yuan * 12 / income_per_head_yuan as income_ratio,
        standard_yuan * 12 / consumption_per_head_yuan as consumption_ratio,
        standard_yuan / minimum_wage_yuan as minimum_wage_ratio,
        case
            when
                base_standard_amount_yuan is null or price_growth is null or income_per_head_yuan is null
                or consumption_per_head_yuan is null or minimum_wage_yuan is null
                then 'no_data'
            else 'ok'
        end as status
    from compared
)

select * from final
