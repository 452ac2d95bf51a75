with households as (
    select * from {{ ref('int_households__judged') }}
),

members as (
    select * from {{ ref('int_members__judged') }}
),

enrolments as (
    select * from {{ ref('int_household_enrolments__counted') }}
),

{% set feeds = [
    'stg_rosters__roster_members', 'stg_rosters__roster_households', 'stg_payments__payments',
    'stg_casework__visits', 'stg_casework__verification_reports', 'stg_casework__recoveries',
] -%}

-- Every household that any list has named: a fact's household is never unknown.
named as (
    {% for feed in feeds %}
        select household_key
        from {{ ref(feed) }}
        where is_current and household_key is not null
        {% if not loop.last %}union{% endif %}
    {% endfor %}
),

placed as (
    select
        household_key,
        head_person_key,
        hukou_area_code,
        residence_area_code,
        member_count,
        month,
        programme_code,
        0 as source_rank
    from households
    union all
    select
        household_key,
        case when relation_code = 'head' then person_key end as head_person_key,
        hukou_area_code,
        residence_area_code,
        null as member_count,
        month,
        programme_code,
        case when relation_code = 'head' then 1 else 2 end as source_rank
    from members
    where is_current
),

latest as (
    select
        *,
        row_number() over (
            partition by household_key
            order by month desc, source_rank asc, programme_code asc, head_person_key asc
        ) as choice
    from placed
),

covered as (
    select
        household_key,
        min(month) as first_covered_month,
        max(month) as last_covered_month
    from enrolments
    group by household_key
),

final as (
    select
        named.household_key,
        latest.head_person_key,
        coalesce(latest.hukou_area_code, 'unknown') as hukou_area_code,
        coalesce(latest.residence_area_code, 'unknown') as residence_area_code,
        latest.member_count,
        covered.first_covered_month,
        covered.last_covered_month
    from named
    left join latest
        on
            named.household_key = latest.household_key
            and latest.choice = 1
    left join covered
        on named.household_key = covered.household_key
)

select * from final
