with disputes as (
    select * from {{ ref('stg_evidence__disputes') }}
),

items as (
    select * from {{ ref('int_income_items__placed') }}
),

-- An objection to an item that was never delivered is kept; where it belongs to is unknown.
final as (
    select
        disputes.dispute_key,
        disputes.income_item_key,
        items.programme_code,
        cast(date_trunc('month', disputes.lodged_date) as date) as month,
        coalesce(items.hukou_area_code, 'unknown') as hukou_area_code,
        coalesce(items.residence_area_code, 'unknown') as residence_area_code,
        disputes.lodged_date,
        disputes.closed_date,
        items.income_source_code,
        coalesce(disputes.dispute_outcome_code, 'open') as dispute_outcome_code,
        cast({{ day_count('disputes.lodged_date', 'disputes.closed_date') }} as bigint) as closed_after_days
    from disputes
    left join items
        on disputes.income_item_key = items.income_item_key
    where disputes.is_current
)

select * from final
