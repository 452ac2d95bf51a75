with students as (
    select * from {{ ref('fct_education_months') }}
),

aid as (
    select * from {{ ref('fct_education_aid') }}
),

deliveries as (
    select * from {{ ref('fct_deliveries') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

programmes as (
    select * from {{ ref('dim_programmes') }}
    where programme_code = 'education'
),

bases as (
    select
        code as basis_code,
        code_name as basis_name
    from {{ ref('dim_codes') }}
    where code_type = 'basis_code'
),

told_students as (
    select
        ancestors.ancestor_area_code as area_code,
        students.month,
        bases.basis_code,
        count(*) as identified_persons_count,
        sum(case when students.education_stage_code <> 'not_offered' then 1 else 0 end) as offered_persons_count,
        sum(case when students.education_stage_code = 'declined' then 1 else 0 end) as declined_persons_count,
        sum(case when students.decline_reason_code = 'dignity' then 1 else 0 end) as declined_dignity_persons_count,
        sum(case when students.education_stage_code = 'accepted' then 1 else 0 end) as accepted_persons_count,
        sum(case when students.is_offer_overdue then 1 else 0 end) as overdue_persons_count
    from students
    cross join bases
    inner join ancestors
        on
            {{ area_on_basis('students') }}
            = ancestors.area_code
    group by ancestors.ancestor_area_code, students.month, bases.basis_code
),

told_aid as (
    select
        ancestors.ancestor_area_code as area_code,
        aid.month,
        bases.basis_code,
        count(distinct aid.person_key) as aided_persons_count,
        count(distinct case when aid.is_declined then aid.person_key end) as declined_but_aided_persons_count,
        count(distinct case when not aid.is_identified then aid.person_key end)
            as aided_without_hardship_persons_count,
        sum(aid.aid_amount_yuan) as aid_amount_yuan
    from aid
    cross join bases
    inner join ancestors
        on
            {{ area_on_basis('aid') }}
            = ancestors.area_code
    group by ancestors.ancestor_area_code, aid.month, bases.basis_code
),

fed as (
    select
        month,
        coalesce(bool_or(table_name = 'education_offers'), false) as has_register,
        coalesce(bool_or(table_name = 'education_aid'), false) as has_aid
    from deliveries
    where status_code = 'landed' and table_name in ('education_offers', 'education_aid')
    group by month
),

begun as (
    select min(month) as first_month
    from fed
),

spanned as (
    select
        areas.area_code,
        months.month,
        bases.basis_code,
        areas.area_name,
        areas.level_code,
        areas.level_name,
        areas.parent_area_code,
        areas.parent_area_name as parent_name,
        programmes.programme_code,
        programmes.programme_name,
        bases.basis_name,
        coalesce(fed.has_register, false) as has_register,
        coalesce(fed.has_aid, false) as has_aid
    from areas
    cross join bases
    cross join programmes
    cross join begun
    inner join months
        on
            begun.first_month <= months.month
            and areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
    left join fed
        on months.month = fed.month
),

counted as (
    select
        spanned.*,
        {% for stage in ['identified', 'offered', 'declined', 'declined_dignity', 'accepted', 'overdue'] %}
            case
                when spanned.has_register
                    then cast(coalesce(told_students.{{ stage }}_persons_count, 0) as bigint)
            end as {{ stage }}_persons_count,
        {% endfor %}
        {% for kind in ['aided', 'declined_but_aided', 'aided_without_hardship'] %}
            case
                when spanned.has_aid and (spanned.has_register or '{{ kind }}' = 'aided')
                    then cast(coalesce(told_aid.{{ kind }}_persons_count, 0) as bigint)
            end as {{ kind }}_persons_count,
        {% endfor %}
        case when spanned.has_aid then cast(coalesce(told_aid.aid_amount_yuan, 0) as decimal(18, 2)) end
            as aid_amount_yuan
    from spanned
    left join told_students
        on
            spanned.area_code = told_students.area_code
            and spanned.month = told_students.month
            and spanned.basis_code = told_students.basis_code
    left join told_aid
        on
            spanned.area_code = told_aid.area_code
            and spanned.month = told_aid.month
            and spanned.basis_code = told_aid.basis_code
),

final as (
    select
        area_code,
        month,
        programme_code,
        basis_code,
        area_name,
        level_code,
        level_name,
        parent_area_code,
        parent_name,
        programme_name,
        basis_name,
        identified_persons_count,
        offered_persons_count,
        declined_persons_count,
        declined_dignity_persons_count,
        accepted_persons_count,
        -- A decline is a choice, kept visible in its own column and never a need that was missed.
        identified_persons_count - declined_persons_count - accepted_persons_count as missed_persons_count,
        overdue_persons_count,
        aided_persons_count,
        declined_but_aided_persons_count,
        aided_without_hardship_persons_count,
        aid_amount_yuan,
        cast(accepted_persons_count as double)
        / nullif(identified_persons_count - declined_persons_count, 0) as take_up_share,
        case
            when not has_register then 'no_data'
            when level_code = 'special' or identified_persons_count - declined_persons_count = 0
                then 'not_applicable'
            when identified_persons_count - declined_persons_count < {{ cutoff('small_expected_count') }}
                then 'small_sample'
            else 'ok'
        end as status
    from counted
)

select * from final
