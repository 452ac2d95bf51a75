with students as (
    select * from {{ ref('int_students__staged') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

placed as (
    select
        {{ area_on_basis('students') }} as area_code,
        students.month,
        bases.basis_code,
        students.education_stage_code
    from students
    cross join bases
),

-- A decline is a choice: it stands neither above the line nor below it.
final as (
    select
        area_code,
        month,
        'education' as programme_code,
        basis_code,
        'education_take_up' as indicator_code,
        cast(sum(case when education_stage_code = 'accepted' then 1 else 0 end) as double) as numerator,
        cast(sum(case when education_stage_code <> 'declined' then 1 else 0 end) as double) as denominator,
        cast(sum(case when education_stage_code <> 'declined' then 1 else 0 end) as bigint) as persons_count
    from placed
    group by area_code, month, basis_code
)

select * from final
