with persons as (
    select * from {{ ref('int_persons__collected') }}
),

final as (
    select
        person_key,
        id_status_code,
        birth_month,
        age_band_code,
        sex_code,
        first_covered_month,
        last_covered_month
    from persons
)

select * from final
