with members as (
    select * from {{ ref('int_members__judged') }}
),

covered as (
    select
        *,
        row_number() over (
            partition by person_key, programme_code, month
            order by
                case when member_status_code = 'grace' then 1 else 0 end asc,
                start_date desc,
                household_key asc
        ) as choice
    from members
    where is_first_version and is_covered
),

placed as (
    select
        hukou_area_code as area_code,
        month,
        programme_code,
        'hukou' as basis_code
    from covered
    where choice = 1
    union all
    select
        residence_area_code as area_code,
        month,
        programme_code,
        'resident' as basis_code
    from covered
    where choice = 1
),

final as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        count(*) as first_recipients_count
    from placed
    group by area_code, month, programme_code, basis_code
)

select * from final
