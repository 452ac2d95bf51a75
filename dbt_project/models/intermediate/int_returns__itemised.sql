with returns as (
    select * from {{ ref('stg_returns__returns') }}
),

return_items as (
    select * from {{ ref('return_items') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

{% set items = [
    'household_count', 'person_count', 'female_count', 'elderly_count', 'minor_count', 'entered_count', 'exited_count',
    'fund_amount_yuan', 'central_amount_yuan', 'province_amount_yuan', 'city_amount_yuan', 'district_amount_yuan',
] -%}

-- Landed as it is printed, a column an item, so that a wrong cell is corrected under its own header.
itemised as (
    select
        returns.form_code,
        mapped.mapped_area_code as area_code,
        returns.report_month as month,
        returns.definition_name,
        return_items.item_code,
        cast(case return_items.item_code
            {% for item in items %}
                when '{{ item }}' then returns.{{ item }}
            {% endfor %}
        end as decimal(18, 2)) as item_value
    from returns
    cross join return_items
    inner join mapped
        on
            returns.area_code = mapped.area_code
            and returns.report_month = mapped.month
    where returns.is_current
),

final as (
    select
        itemised.form_code,
        itemised.area_code,
        itemised.month,
        itemised.item_code,
        itemised.definition_name,
        itemised.item_value,
        before.item_value as previous_value,
        coalesce(itemised.definition_name <> before.definition_name, false) as is_redefined
    from itemised
    left join itemised as before
        on
            itemised.form_code = before.form_code
            and itemised.area_code = before.area_code
            and itemised.item_code = before.item_code
            and itemised.month = cast(before.month + interval 1 month as date)
)

select * from final
