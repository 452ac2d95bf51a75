with members as (
    select * from {{ ref('int_members__judged') }}
),

households as (
    select * from {{ ref('int_households__judged') }}
),

age_bands as (
    select * from {{ ref('age_bands') }}
),

-- A person on two rosters of one programme is one recipient; which household counts is settled for good,
-- so that the same rows always give the same answer. That it happens is a finding, not a correction.
covered as (
    select
        *,
        row_number() over (
            partition by person_key, programme_code, month
            order by
                case when member_status_code = 'grace' then 1 else 0 end asc,
                start_date desc,
                household_key asc
        ) as choice,
        count(*) over (partition by person_key, programme_code, month) as household_count
    from members
    where is_current and is_covered
),

aged as (
    select
        *,
        cast(floor({{ month_count('birth_month', 'month') }} / 12) as bigint) as age
    from covered
    where choice = 1
),

final as (
    select
        aged.person_key,
        aged.programme_code,
        aged.month,
        aged.household_key,
        aged.hukou_area_code,
        aged.residence_area_code,
        coalesce(age_bands.age_band_code, 'unknown') as age_band_code,
        case
            when aged.residence_area_code in (aged.hukou_area_code, 'unknown') then 'local'
            when aged.hukou_area_code in ('outside', 'unknown') then 'incoming'
            else 'away'
        end as hukou_type_code,
        coalesce(households.is_single_person, false) as is_single_person,
        coalesce(aged.member_status_code, 'active') as member_status_code,
        coalesce(aged.id_status_code, 'missing') as id_status_code,
        aged.start_date,
        aged.household_count > 1 as is_in_several_households
    from aged
    left join age_bands
        on aged.age between age_bands.from_age and age_bands.to_age
    left join households
        on
            aged.household_key = households.household_key
            and aged.programme_code = households.programme_code
            and aged.month = households.month
)

select * from final
