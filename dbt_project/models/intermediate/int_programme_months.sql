with deliveries as (
    select * from {{ ref('stg_deliveries__deliveries') }}
),

extracts as (
    select * from {{ ref('stg_deliveries__extracts') }}
),

programmes as (
    select * from {{ ref('programmes') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

members as (
    select * from {{ ref('stg_rosters__roster_members') }}
),

households as (
    select * from {{ ref('stg_rosters__roster_households') }}
),

payments as (
    select * from {{ ref('stg_payments__payments') }}
),

-- What an extract is about: what its rows have ever named, and what it is declared to be of.
named as (
    select
        department_code,
        extract_name,
        programme_code
    from members
    union
    select
        department_code,
        extract_name,
        programme_code
    from households
    union
    select
        department_code,
        extract_name,
        programme_code
    from extracts
    where programme_code is not null
    union
    -- A payment list that names no 低边 still covers it: that nothing was paid is known, not missing.
    select
        payments.department_code,
        payments.extract_name,
        programmes.programme_code
    from payments
    cross join programmes
),

landed as (
    select
        department_code,
        extract_name,
        table_name,
        report_month as month,
        version_count > 1 as is_restated,
        rejected_count
    from deliveries
    where
        is_latest_version
        and report_month is not null
        and table_name in ('roster_members', 'roster_households', 'payments')
),

-- A feed is expected from its first month on; one that is no longer declared, until its last.
feeds as (
    select
        landed.department_code,
        landed.extract_name,
        landed.table_name,
        named.programme_code,
        min(landed.month) as first_month,
        case when extracts.extract_name is null then max(landed.month) end as last_month
    from landed
    inner join named
        on
            landed.department_code = named.department_code
            and landed.extract_name = named.extract_name
    left join extracts
        on
            landed.department_code = extracts.department_code
            and landed.extract_name = extracts.extract_name
    group by
        landed.department_code,
        landed.extract_name,
        landed.table_name,
        named.programme_code,
        extracts.extract_name
),

expected as (
    select
        feeds.programme_code,
        feeds.table_name,
        months.month,
        landed.month is not null as is_landed,
        coalesce(landed.is_restated, false) as is_restated,
        coalesce(landed.rejected_count, 0) as rejected_count
    from feeds
    inner join months
        on
            feeds.first_month <= months.month
            and coalesce(feeds.last_month >= months.month, true)
    left join landed
        on
            feeds.department_code = landed.department_code
            and feeds.extract_name = landed.extract_name
            and months.month = landed.month
),

-- One of several feeds that is missing makes the month incomplete: better no number than one too small.
judged as (
    select
        programme_code,
        month,
        coalesce(bool_and(case when table_name = 'roster_members' then is_landed end), false) as has_roster,
        coalesce(bool_and(case when table_name = 'roster_households' then is_landed end), false)
            as has_household_roster,
        coalesce(bool_and(case when table_name = 'payments' then is_landed end), false) as has_payments,
        coalesce(bool_or(case when table_name like 'roster%' then is_restated end), false) as is_restated,
        cast(sum(case when table_name like 'roster%' then rejected_count else 0 end) as bigint)
            as roster_rejected_count,
        cast(sum(case when table_name = 'payments' then rejected_count else 0 end) as bigint)
            as payment_rejected_count
    from expected
    group by programme_code, month
),

rostered as (
    select
        programme_code,
        min(first_month) as first_month
    from feeds
    where table_name = 'roster_members'
    group by programme_code
),

-- Programmes of people only, from the first roster on: the funds of 教育 have no recipients to miss.
spanned as (
    select
        rostered.programme_code,
        months.month,
        coalesce(judged.has_roster, false) as has_roster,
        coalesce(judged.has_household_roster, false) as has_household_roster,
        coalesce(judged.has_payments, false) as has_payments,
        coalesce(judged.is_restated, false) as is_restated,
        coalesce(judged.roster_rejected_count, 0) as roster_rejected_count,
        coalesce(judged.payment_rejected_count, 0) as payment_rejected_count
    from rostered
    inner join months
        on rostered.first_month <= months.month
    left join judged
        on
            rostered.programme_code = judged.programme_code
            and months.month = judged.month
),

final as (
    select
        *,
        case
            when has_roster
                then row_number() over (partition by programme_code, has_roster order by month)
        end as roster_number,
        max(case when has_roster then month end) over (
            partition by programme_code order by month
            rows between unbounded preceding and 1 preceding
        ) as previous_roster_month
    from spanned
)

select * from final
