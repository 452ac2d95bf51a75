{# Which list a rule holds against the rosters. #}
{% set lists = {'paid_after_death': 'deaths', 'paid_in_custody': 'custody'} -%}

with reported as (
    select * from {{ ref('int_findings__reported_deaths') }}
),

links as (
    select * from {{ ref('int_person_links__judged') }}
),

evidence as (
    select * from {{ ref('int_findings__evidence') }}
),

-- One number under two names flags nobody by itself, until a reviewer says that it is one person.
renamed as (
    {% for rule, list in lists.items() %}
        select
            '{{ rule }}' as rule_code,
            linked_person_key as person_key,
            'B' as tier_code
        from links
        where table_name = '{{ list }}' and tier_code in ('B', 'N') and link_status_code <> 'confirmed'
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

weakened as (
    select
        'reported_death_still_paid' as rule_code,
        person_key,
        tier_code
    from reported
    union all
    select
        rule_code,
        person_key,
        tier_code
    from renamed
    union all
    -- Whoever was met long after his death may be alive: then it is the record that is wrong.
    select
        'paid_after_death' as rule_code,
        person_key,
        'B' as tier_code
    from evidence
    where rule_code = 'death_record_doubtful'
),

final as (
    select
        rule_code,
        person_key,
        max(tier_code) as tier_code
    from weakened
    group by rule_code, person_key
)

select * from final
