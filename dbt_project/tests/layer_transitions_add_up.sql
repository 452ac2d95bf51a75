{{ config(meta={
    'label': '圈层变动矩阵:行 = 上月存量,列 = 本月存量',
    'reason': '每个地区、口径一人不差;差了就是有人在圈层之间丢了或算了两次',
}) }}

with transitions as (
    select * from {{ ref('mart_layer_transitions') }}
),

stocks as (
    select * from {{ ref('mart_layers') }}
),

rows_summed as (
    select
        area_code,
        previous_month as month,
        basis_code,
        from_layer_code as layer_code,
        sum(persons_count) as persons_count
    from transitions
    where status = 'ok'
    group by area_code, previous_month, basis_code, from_layer_code
),

columns_summed as (
    select
        area_code,
        month,
        basis_code,
        to_layer_code as layer_code,
        sum(persons_count) as persons_count
    from transitions
    where status = 'ok'
    group by area_code, month, basis_code, to_layer_code
),

final as (
    select
        stocks.*,
        summed.persons_count as summed_count
    from stocks
    inner join (
        select * from rows_summed
        union all
        select * from columns_summed
    ) as summed
        on
            stocks.area_code = summed.area_code
            and stocks.month = summed.month
            and stocks.basis_code = summed.basis_code
            and stocks.layer_code = summed.layer_code
    where stocks.persons_count is distinct from summed.persons_count
)

select * from final
