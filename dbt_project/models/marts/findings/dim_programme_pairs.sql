with programme_pairs as (
    select * from {{ ref('programme_pairs') }}
),

final as (
    select
        programme_code_a,
        programme_code_b,
        relation_code,
        scope_code,
        legal_basis
    from programme_pairs
)

select * from final
