with misreports as (
    select * from {{ ref('stg_misreports__misreports') }}
),

spells as (
    select * from {{ ref('int_spells__numbered') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

placed as (
    select
        misreports.misreport_key,
        misreports.person_key,
        misreports.programme_code,
        cast(date_trunc('month', misreports.registered_date) as date) as month,
        coalesce(hukou.mapped_area_code, 'unknown') as hukou_area_code,
        coalesce(residence.mapped_area_code, 'unknown') as residence_area_code,
        misreports.registered_date,
        misreports.misreport_reason_code,
        coalesce(misreports.id_status_code, 'missing') as id_status_code,
        misreports.barred_months,
        cast(
            date_trunc('month', {{ months_after('misreports.registered_date', 'misreports.barred_months') }}) as date
        ) as bar_end_month
    from misreports
    left join mapped as hukou
        on
            misreports.hukou_area_code = hukou.area_code
            and misreports.report_month = hukou.month
    left join mapped as residence
        on
            misreports.residence_area_code = residence.area_code
            and misreports.report_month = residence.month
    where misreports.is_current
),

-- Taken in after the registration and before the month in which the bar ends; who was on the roster anyway was not.
reentered as (
    select
        placed.misreport_key,
        min(spells.entry_month) as reentry_month
    from placed
    inner join spells
        on
            placed.person_key = spells.person_key
            and placed.programme_code = spells.programme_code
            and placed.month < spells.entry_month
            and placed.bar_end_month > spells.entry_month
    where placed.id_status_code = 'valid' and spells.entry_reason_code <> 'resumed'
    group by placed.misreport_key
),

final as (
    select
        placed.*,
        reentered.reentry_month
    from placed
    left join reentered
        on placed.misreport_key = reentered.misreport_key
)

select * from final
