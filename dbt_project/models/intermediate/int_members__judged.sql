with members as (
    select * from {{ ref('stg_rosters__roster_members') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        members.person_key,
        members.household_key,
        members.programme_code,
        members.report_month as month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        members.start_date,
        members.end_date,
        members.end_reason_code,
        members.member_status_code,
        members.relation_code,
        members.id_status_code,
        members.birth_month,
        members.sex_code,
        members.is_enrolled,
        members.is_enrolled
        and {{ is_covered(
            'members.report_month', 'members.start_date', 'members.end_date', 'members.member_status_code'
        ) }} as is_covered,
        members.is_first_version,
        members.is_current
    from members
    left join mapped as hukou
        on
            members.hukou_area_code = hukou.area_code
            and members.report_month = hukou.month
    left join mapped as residence
        on
            members.residence_area_code = residence.area_code
            and members.report_month = residence.month
    where members.is_current or members.is_first_version
)

select * from final
