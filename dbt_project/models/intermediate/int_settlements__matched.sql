with settlements as (
    select * from {{ ref('stg_medical__settlements') }}
),

members as (
    select * from {{ ref('int_members__judged') }}
),

programme_months as (
    select * from {{ ref('int_programme_months') }}
),

programmes as (
    select * from {{ ref('programmes') }}
),

told as (
    select
        *,
        cast(date_trunc('month', service_date) as date) as service_month
    from settlements
    where is_current
),

service_months as (
    select distinct service_month
    from told
),

-- The roster that tells who was entitled: of the month of the service, else the last one before it.
rosters as (
    select
        service_months.service_month,
        programme_months.programme_code,
        max(programme_months.month) as roster_month
    from service_months
    inner join programme_months
        on service_months.service_month >= programme_months.month
    where programme_months.has_roster
    group by service_months.service_month, programme_months.programme_code
),

-- Eligibility is judged on the day of the service; only valid ID numbers are matched.
entitled as (
    select
        told.settlement_key,
        members.programme_code,
        members.household_key,
        members.hukou_area_code,
        members.residence_area_code,
        row_number() over (
            partition by told.settlement_key
            order by programmes.sort_order asc, members.start_date desc, members.household_key asc
        ) as choice
    from told
    inner join rosters
        on told.service_month = rosters.service_month
    inner join members
        on
            told.person_key = members.person_key
            and rosters.programme_code = members.programme_code
            and rosters.roster_month = members.month
    inner join programmes
        on members.programme_code = programmes.programme_code
    where
        told.id_status_code = 'valid'
        and members.id_status_code = 'valid'
        and members.is_current
        and members.is_enrolled
        and members.start_date <= told.service_date
        and coalesce(members.end_date > told.service_date, true)
        and coalesce(members.member_status_code, 'active') <> 'suspended'
),

final as (
    select
        told.settlement_key,
        told.person_key,
        entitled.household_key,
        entitled.programme_code,
        told.service_date,
        told.service_month,
        told.settlement_date,
        told.patient_type_code,
        coalesce(told.id_status_code, 'missing') as id_status_code,
        coalesce(entitled.hukou_area_code, 'unknown') as hukou_area_code,
        coalesce(entitled.residence_area_code, 'unknown') as residence_area_code,
        told.total_amount_yuan,
        told.in_scope_amount_yuan,
        told.basic_amount_yuan,
        told.serious_illness_amount_yuan,
        told.medical_assistance_amount_yuan,
        told.other_amount_yuan,
        told.self_paid_amount_yuan,
        told.backstop_amount_yuan
    from told
    left join entitled
        on
            told.settlement_key = entitled.settlement_key
            and entitled.choice = 1
)

select * from final
