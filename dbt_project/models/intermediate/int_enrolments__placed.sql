with enrolments as (
    select * from {{ ref('int_enrolments__counted') }}
),

households as (
    select * from {{ ref('int_household_enrolments__counted') }}
),

persons as (
    select
        household_key,
        programme_code,
        month,
        'hukou' as basis_code,
        hukou_area_code as area_code,
        age_band_code,
        hukou_type_code
    from enrolments
    union all
    select
        household_key,
        programme_code,
        month,
        'resident' as basis_code,
        residence_area_code as area_code,
        age_band_code,
        -- Who lives away from the village of registration came in from outside where he lives.
        case when hukou_type_code = 'away' then 'incoming' else hukou_type_code end as hukou_type_code
    from enrolments
),

final as (
    select
        persons.area_code,
        persons.month,
        persons.programme_code,
        persons.basis_code,
        persons.household_key,
        persons.age_band_code,
        persons.hukou_type_code,
        households.enrolled_count
    from persons
    inner join households
        on
            persons.household_key = households.household_key
            and persons.programme_code = households.programme_code
            and persons.month = households.month
)

select * from final
