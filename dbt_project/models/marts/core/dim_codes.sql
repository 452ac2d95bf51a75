with codes as (
    select * from {{ ref('stg_deliveries__codes') }}
),

derived_codes as (
    select * from {{ ref('derived_codes') }}
),

-- Levels and programmes have dimensions of their own, with the names that are shown.
final as (
    select
        code_type,
        code,
        code_name
    from codes
    where code_type not in ('level_code', 'programme_code')
    union all
    select
        code_type,
        code,
        code_name
    from derived_codes
)

select * from final
