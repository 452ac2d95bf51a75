with trainings as (
    select * from {{ ref('int_trainings__placed') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__expected') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- A month whose list is missing has no value, though the eleven before it have.
fed as (
    select distinct month
    from deliveries
    where table_name = 'trainings' and status_code = 'landed'
),

assessed as (
    select *
    from trainings
    where is_need_matched is not null
),

final as (
    select
        {{ area_on_basis('assessed') }} as area_code,
        fed.month,
        'employment' as programme_code,
        bases.basis_code,
        'training_match_share' as indicator_code,
        cast(sum(case when assessed.is_need_matched then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct assessed.person_key) as persons_count
    from assessed
    inner join fed
        on
            assessed.month <= fed.month
            and {{ months_after('assessed.month', cutoff('window_months')) }} > fed.month
    cross join bases
    group by
        {{ area_on_basis('assessed') }},
        fed.month,
        bases.basis_code
)

select * from final
