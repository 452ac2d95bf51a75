with links as (
    select * from {{ ref('stg_matching__person_links') }}
),

decisions as (
    select * from {{ ref('stg_matching__match_decisions') }}
),

death_notices as (
    select * from {{ ref('stg_matching__death_notices') }}
),

volunteer_visits as (
    select * from {{ ref('stg_matching__volunteer_visits') }}
),

persons as (
    select * from {{ ref('int_persons__collected') }}
),

extracts as (
    select * from {{ ref('stg_deliveries__extracts') }}
),

records as (
    select
        'death_notices' as table_name,
        record_key,
        person_key
    from death_notices
    where is_current
    union all
    select
        'volunteer_visits' as table_name,
        record_key,
        person_key
    from volunteer_visits
    where is_current
),

-- Reviewers point at an entry by its number; where one ID number has two names, at the number alone.
decided as (
    select
        links.table_name,
        links.person_key,
        links.linked_person_key,
        decisions.is_same_person,
        decisions.decided_date
    from decisions
    inner join links
        on
            decisions.person_key = links.person_key
            and decisions.person_key = links.linked_person_key
            and links.tier_code in ('B', 'N')
    where decisions.is_current and decisions.record_key is null and decisions.id_status_code = 'valid'
    union all
    select
        records.table_name,
        records.person_key,
        decisions.person_key as linked_person_key,
        decisions.is_same_person,
        decisions.decided_date
    from decisions
    inner join records
        on decisions.record_key = records.record_key
    where decisions.is_current and decisions.id_status_code = 'valid'
),

latest as (
    select
        table_name,
        person_key,
        linked_person_key,
        max(decided_date) as decided_date,
        -- Two decisions of one day that contradict each other decide nothing in favour of a link.
        min(case when is_same_person then 1 else 0 end) = 1 as is_same_person
    from (
        select
            *,
            max(decided_date) over (partition by table_name, person_key, linked_person_key) as latest_date
        from decided
    ) as dated
    where decided_date = latest_date
    group by table_name, person_key, linked_person_key
),

paired as (
    select
        coalesce(links.table_name, latest.table_name) as table_name,
        coalesce(links.person_key, latest.person_key) as person_key,
        coalesce(links.linked_person_key, latest.linked_person_key) as linked_person_key,
        coalesce(links.tier_code, 'C') as tier_code,
        links.probability,
        latest.decided_date,
        latest.is_same_person
    from links
    full outer join latest
        on
            links.table_name = latest.table_name
            and links.person_key = latest.person_key
            and links.linked_person_key = latest.linked_person_key
),

-- Links are of everything ever told; what counts is told in a list up to the business month.
known as (
    select paired.*
    from paired
    inner join persons as ours
        on paired.person_key = ours.person_key
    inner join persons as theirs
        on paired.linked_person_key = theirs.person_key
),

-- A person of a list is one person of the rosters: the likeliest, and nobody where two are as likely. Once for the
-- machine alone, to measure it by the decisions, and once without whom a reviewer ruled out.
ranked as (
    select
        *,
        rank() over (partition by table_name, person_key order by probability desc) as place,
        count(*) over (partition by table_name, person_key, probability) as equals,
        rank() over (
            partition by table_name, person_key, coalesce(is_same_person, true) order by probability desc
        ) as open_place,
        count(*) over (
            partition by table_name, person_key, coalesce(is_same_person, true), probability
        ) as open_equals,
        max(case when is_same_person then 1 else 0 end) over (partition by table_name, person_key) = 1 as is_settled
    from known
),

judged as (
    select
        *,
        tier_code <> 'C'
        or (
            place = 1 and equals = 1 and coalesce(probability >= {{ cutoff('match_proposed_probability') }}, false)
        ) as is_proposed,
        tier_code in ('A', 'B')
        or (
            tier_code = 'C'
            and open_place = 1
            and open_equals = 1
            and not is_settled
            and coalesce(probability >= {{ cutoff('match_proposed_probability') }}, false)
        ) as is_best
    from ranked
),

labelled as (
    select
        table_name,
        min(extract_label) as list_name
    from extracts
    group by table_name
),

final as (
    select
        judged.table_name,
        judged.person_key,
        judged.linked_person_key,
        labelled.list_name,
        judged.tier_code,
        judged.probability,
        judged.decided_date,
        case
            when judged.is_same_person then 'confirmed'
            when not judged.is_same_person then 'rejected'
            when judged.tier_code = 'A' then 'matched'
            when judged.is_best or judged.tier_code = 'N' then 'to_review'
            else 'candidate'
        end as link_status_code,
        judged.is_proposed,
        coalesce(judged.is_same_person, judged.is_best) as is_in_force
    from judged
    left join labelled
        on judged.table_name = labelled.table_name
)

select * from final
