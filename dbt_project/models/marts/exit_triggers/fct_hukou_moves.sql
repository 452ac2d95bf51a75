with moves as (
    select * from {{ ref('stg_moves__hukou_moves') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        moves.person_key,
        moves.move_date,
        cast(date_trunc('month', moves.move_date) as date) as month,
        moves.move_type_code,
        coalesce(origins.mapped_area_code, 'unknown') as from_area_code,
        coalesce(destinations.mapped_area_code, 'unknown') as to_area_code,
        coalesce(moves.id_status_code, 'missing') as id_status_code
    from moves
    left join mapped as origins
        on
            moves.from_area_code = origins.area_code
            and moves.report_month = origins.month
    left join mapped as destinations
        on
            moves.to_area_code = destinations.area_code
            and moves.report_month = destinations.month
    where moves.is_current
)

select * from final
