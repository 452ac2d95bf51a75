with comparators as (
    select * from {{ ref('stg_care__comparators') }}
),

final as (
    select
        comparator_name,
        measure_code,
        as_of_date,
        published_value,
        published_source
    from comparators
    where is_current
)

select * from final
