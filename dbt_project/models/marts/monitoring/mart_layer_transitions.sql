with persons as (
    select * from {{ ref('fct_layers') }}
),

months as (
    select * from {{ ref('dim_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

area_codes as (
    select * from {{ ref('dim_area_codes') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

layers as (
    select * from {{ ref('layers') }}
),

chained as (
    select distinct
        month,
        previous_month
    from persons
    where previous_month is not null
),

first_complete as (
    select min(month) as month
    from persons
),

earlier as (
    select
        persons.person_key,
        persons.layer_code,
        persons.hukou_area_code,
        persons.residence_area_code,
        chained.month
    from persons
    inner join chained
        on persons.month = chained.previous_month
),

later as (
    select *
    from persons
    where previous_month is not null
),

paired as (
    select
        coalesce(later.month, earlier.month) as month,
        coalesce(earlier.layer_code, 'out') as from_layer_code,
        coalesce(later.layer_code, 'out') as to_layer_code,
        earlier.hukou_area_code as from_hukou_area_code,
        earlier.residence_area_code as from_residence_area_code,
        later.hukou_area_code as to_hukou_area_code,
        later.residence_area_code as to_residence_area_code
    from later
    full outer join earlier
        on
            later.person_key = earlier.person_key
            and later.month = earlier.month
),

based as (
    select
        month,
        'hukou' as basis_code,
        from_layer_code,
        to_layer_code,
        from_hukou_area_code as from_area_code,
        to_hukou_area_code as to_area_code,
        count(*) as persons_count
    from paired
    group by month, from_layer_code, to_layer_code, from_hukou_area_code, to_hukou_area_code
    union all
    select
        month,
        'resident' as basis_code,
        from_layer_code,
        to_layer_code,
        from_residence_area_code as from_area_code,
        to_residence_area_code as to_area_code,
        count(*) as persons_count
    from paired
    group by month, from_layer_code, to_layer_code, from_residence_area_code, to_residence_area_code
),

-- Nobody moves when an area is given another code: the month before stands under the codes of this one.
coded as (
    select
        based.*,
        area_codes.mapped_area_code as from_current_area_code
    from based
    left join area_codes
        on
            based.from_area_code = area_codes.area_code
            and based.month = area_codes.month
),

leaving as (
    select
        from_ancestors.ancestor_area_code as area_code,
        coded.month,
        coded.basis_code,
        coded.from_layer_code,
        case
            when coded.to_layer_code = 'out' then 'out'
            when to_ancestors.area_code is null then 'moved'
            else coded.to_layer_code
        end as to_layer_code,
        coded.persons_count
    from coded
    inner join ancestors as from_ancestors
        on
            coded.from_current_area_code = from_ancestors.area_code
            and from_ancestors.ancestor_level_code <> 'village'
    left join ancestors as to_ancestors
        on
            coded.to_area_code = to_ancestors.area_code
            and from_ancestors.ancestor_area_code = to_ancestors.ancestor_area_code
),

coming as (
    select
        to_ancestors.ancestor_area_code as area_code,
        coded.month,
        coded.basis_code,
        case when coded.from_layer_code = 'out' then 'out' else 'moved' end as from_layer_code,
        coded.to_layer_code,
        coded.persons_count
    from coded
    inner join ancestors as to_ancestors
        on
            coded.to_area_code = to_ancestors.area_code
            and to_ancestors.ancestor_level_code <> 'village'
    left join ancestors as from_ancestors
        on
            coded.from_current_area_code = from_ancestors.area_code
            and to_ancestors.ancestor_area_code = from_ancestors.ancestor_area_code
    where from_ancestors.area_code is null
),

summed as (
    select
        area_code,
        month,
        basis_code,
        from_layer_code,
        to_layer_code,
        cast(sum(persons_count) as bigint) as persons_count
    from (
        select * from leaving
        union all
        select * from coming
    ) as flows
    group by area_code, month, basis_code, from_layer_code, to_layer_code
),

spine as (
    select
        areas.area_code,
        areas.level_code,
        months.month,
        bases.basis_code,
        from_layers.layer_code as from_layer_code,
        to_layers.layer_code as to_layer_code
    from areas
    inner join months
        on
            areas.valid_from_month <= months.month
            and coalesce(areas.valid_to_month >= months.month, true)
    inner join first_complete
        on months.month > first_complete.month
    cross join (select distinct basis_code from {{ ref('basis_hukou_types') }}) as bases
    inner join layers as from_layers
        on from_layers.layer_rank > 0
    inner join layers as to_layers
        on from_layers.is_monitored or to_layers.is_monitored
    where areas.level_code <> 'village'
),

final as (
    select
        spine.area_code,
        spine.month,
        spine.basis_code,
        spine.from_layer_code,
        spine.to_layer_code,
        spine.level_code,
        chained.previous_month,
        case when chained.month is not null then coalesce(summed.persons_count, 0) end as persons_count,
        case
            when spine.from_layer_code in ('out', 'moved') then null
            else
                cast(coalesce(summed.persons_count, 0) as double) / nullif(sum(summed.persons_count) over (
                    partition by spine.area_code, spine.month, spine.basis_code, spine.from_layer_code
                ), 0)
        end as from_layer_share,
        case when chained.month is null then 'no_data' else 'ok' end as status
    from spine
    left join chained
        on spine.month = chained.month
    left join summed
        on
            spine.area_code = summed.area_code
            and spine.month = summed.month
            and spine.basis_code = summed.basis_code
            and spine.from_layer_code = summed.from_layer_code
            and spine.to_layer_code = summed.to_layer_code
)

select * from final
