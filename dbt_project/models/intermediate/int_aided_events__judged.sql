with aided as (
    select * from {{ ref('stg_aided__aided_events') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

rules as (
    select * from {{ ref('event_rules') }}
),

-- Whose event it is: of an invoice whoever presents it, of a disaster or a semester each person's own.
keyed as (
    select
        aided.*,
        rules.rule_code,
        rules.programme_code,
        rules.fewest_payments,
        rules.fewest_departments,
        rules.is_bound_by_event,
        cast(aided.event_key as varchar)
        || case when rules.is_same_person then '|' || cast(aided.person_key as varchar) else '' end as paid_for
    from aided
    inner join rules
        on aided.event_type_code = rules.event_type_code
    where aided.is_current
),

paid as (
    select
        paid_for,
        event_type_code,
        count(*) as payment_count,
        count(distinct department_code) as department_count,
        min(event_amount_yuan) as event_amount_yuan,
        max(aided_amount_yuan) as largest_amount_yuan
    from keyed
    where id_status_code = 'valid'
    group by paid_for, event_type_code
),

summed as (
    select
        keyed.*,
        paid.payment_count,
        paid.department_count,
        case when keyed.is_bound_by_event then paid.event_amount_yuan else paid.largest_amount_yuan end
            as allowed_amount_yuan,
        sum(keyed.aided_amount_yuan) over (
            partition by keyed.paid_for, keyed.event_type_code
            order by keyed.aided_date, keyed.department_code, keyed.aid_record_key
            rows between unbounded preceding and current row
        ) as running_amount_yuan,
        sum(keyed.aided_amount_yuan) over (partition by keyed.paid_for, keyed.event_type_code) as total_amount_yuan
    from keyed
    inner join paid
        on
            keyed.paid_for = paid.paid_for
            and keyed.event_type_code = paid.event_type_code
    where keyed.id_status_code = 'valid'
),

-- What goes beyond is the last payments'; of payments that nobody can match nothing is said.
final as (
    select
        keyed.aid_record_key,
        keyed.department_code,
        keyed.event_key,
        keyed.person_key,
        keyed.event_type_code,
        cast(date_trunc('month', keyed.aided_date) as date) as month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        keyed.aided_date,
        coalesce(keyed.id_status_code, 'missing') as id_status_code,
        keyed.rule_code,
        keyed.programme_code,
        keyed.event_amount_yuan,
        keyed.aided_amount_yuan,
        coalesce(
            summed.payment_count >= keyed.fewest_payments
            and summed.department_count >= keyed.fewest_departments
            and summed.total_amount_yuan > summed.allowed_amount_yuan,
            false
        ) as is_paid_twice,
        cast(
            least(keyed.aided_amount_yuan, greatest(summed.running_amount_yuan - summed.allowed_amount_yuan, 0))
            as decimal(18, 2)
        ) as beyond_amount_yuan
    from keyed
    left join summed
        on
            keyed.department_code = summed.department_code
            and keyed.aid_record_key = summed.aid_record_key
    left join mapped as hukou
        on
            keyed.hukou_area_code = hukou.area_code
            and keyed.report_month = hukou.month
    left join mapped as residence
        on
            keyed.residence_area_code = residence.area_code
            and keyed.report_month = residence.month
)

select * from final
