with stated_figures as (
    select * from {{ ref('stg_office__stated_figures') }}
),

final as (
    select
        figure_name,
        stated_value,
        stated_precision,
        stated_bound,
        stated_as_of_date,
        stated_source
    from stated_figures
    where is_current
)

select * from final
