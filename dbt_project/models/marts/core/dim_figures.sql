with figures as (
    select * from {{ ref('figures') }}
),

final as (
    select
        figure_name,
        figure_label,
        unit,
        kind_code,
        period_code,
        table_names,
        programme_code,
        fixed_date,
        sort_order,
        source
    from figures
)

select * from final
