with area_months as (
    select * from {{ ref('fct_area_months') }}
),

areas as (
    select * from {{ ref('dim_areas') }}
),

programmes as (
    select * from {{ ref('dim_programmes') }}
),

codes as (
    select * from {{ ref('dim_codes') }}
),

standards as (
    select * from {{ ref('dim_standards') }}
),

ancestors as (
    select * from {{ ref('dim_area_ancestors') }}
),

applicable as (
    select
        programme_code,
        bool_or(case when indicator_code = 'spend_per_head' then is_applicable end) as has_spend,
        bool_or(case when indicator_code = 'top_up' then is_applicable end) as has_top_up
    from {{ ref('dim_programme_indicators') }}
    group by programme_code
),

-- The standard of the nearest area above that has one, in force on the last day of the month.
standing as (
    select
        area_months.area_code,
        area_months.month,
        area_months.programme_code,
        area_months.basis_code,
        standards.standard_amount_yuan,
        row_number() over (
            partition by
                area_months.area_code, area_months.month, area_months.programme_code, area_months.basis_code
            order by ancestors.ancestor_level_rank
        ) as choice
    from area_months
    inner join ancestors
        on area_months.area_code = ancestors.area_code
    inner join standards
        on
            ancestors.ancestor_area_code = standards.area_code
            and area_months.programme_code = standards.programme_code
            and standards.valid_from_date <= last_day(area_months.month)
            and coalesce(standards.valid_to_date >= last_day(area_months.month), true)
),

measured as (
    select
        area_months.*,
        standing.standard_amount_yuan,
        coalesce(applicable.has_spend, true) as has_spend,
        coalesce(applicable.has_top_up, true) as has_top_up,
        coalesce(applicable.has_spend, true) and area_months.spend_amount_yuan is not null as is_spend_known,
        coalesce(applicable.has_top_up, true) and area_months.entitlement_amount_yuan is not null as is_top_up_known
    from area_months
    left join applicable
        on area_months.programme_code = applicable.programme_code
    left join standing
        on
            area_months.area_code = standing.area_code
            and area_months.month = standing.month
            and area_months.programme_code = standing.programme_code
            and area_months.basis_code = standing.basis_code
            and standing.choice = 1
),

final as (
    select
        measured.area_code,
        measured.month,
        measured.programme_code,
        measured.basis_code,
        areas.area_name,
        areas.level_code,
        areas.level_name,
        areas.parent_area_code,
        areas.parent_area_name as parent_name,
        programmes.programme_name,
        codes.code_name as basis_name,
        measured.recipients_count,
        measured.households_count,
        measured.population_count,
        measured.standard_amount_yuan,
        case when measured.has_spend then measured.spend_amount_yuan end as spend_amount_yuan,
        case when measured.has_top_up then measured.entitlement_amount_yuan end as entitlement_amount_yuan,
        case
            when measured.has_spend and areas.level_code <> 'special'
                then cast(measured.spend_amount_yuan as double) / nullif(measured.population_count, 0)
        end as spend_per_head_yuan,
        case
            when measured.has_spend and areas.level_code <> 'special'
                then measured.spend_low_yuan / nullif(measured.population_count, 0)
        end as spend_per_head_low_yuan,
        case
            when measured.has_spend and areas.level_code <> 'special'
                then measured.spend_high_yuan / nullif(measured.population_count, 0)
        end as spend_per_head_high_yuan,
        case
            when measured.has_spend
                then cast(measured.spend_amount_yuan as double) / nullif(measured.recipients_count, 0)
        end as spend_per_recipient_yuan,
        case when measured.is_spend_known then measured.spend_per_recipient_low_yuan end
            as spend_per_recipient_low_yuan,
        case when measured.is_spend_known then measured.spend_per_recipient_high_yuan end
            as spend_per_recipient_high_yuan,
        case
            when measured.has_top_up
                then cast(measured.entitlement_amount_yuan as double) / nullif(measured.recipients_count, 0)
        end as top_up_yuan,
        case when measured.is_top_up_known then measured.top_up_low_yuan end as top_up_low_yuan,
        case when measured.is_top_up_known then measured.top_up_high_yuan end as top_up_high_yuan,
        case
            when measured.has_top_up
                then
                    cast(measured.entitlement_amount_yuan as double)
                    / nullif(measured.recipients_count * measured.standard_amount_yuan, 0)
        end as top_up_standard_ratio,
        case when measured.has_spend then measured.adequacy_mean_ratio end as adequacy_mean_ratio,
        case when measured.has_spend then measured.adequacy_p10_ratio end as adequacy_p10_ratio,
        case when measured.has_spend then measured.transfer_share end as transfer_share,
        measured.is_restated,
        case
            when measured.recipients_count is null then 'no_data'
            when not measured.has_spend then 'not_applicable'
            when measured.spend_amount_yuan is null then 'no_data'
            when measured.recipients_count < {{ cutoff('small_expected_count') }} then 'small_sample'
            else 'ok'
        end as status
    from measured
    inner join areas
        on measured.area_code = areas.area_code
    inner join programmes
        on measured.programme_code = programmes.programme_code
    inner join codes
        on
            measured.basis_code = codes.code
            and codes.code_type = 'basis_code'
)

select * from final
