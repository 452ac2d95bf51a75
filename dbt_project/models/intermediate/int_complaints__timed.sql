with complaints as (
    select * from {{ ref('stg_complaints__complaints') }}
    where is_current
),

days as (
    select * from {{ ref('int_days__numbered') }}
),

parameters as (
    select * from {{ ref('parameters') }}
    where parameter_code = 'complaint_days' and area_code is null
),

months as (
    select last_day(month) as as_of_date from {{ ref('int_months__spanned') }}
    where is_business_month
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

-- The clock of an open complaint runs to the end of the business month, never to today.
dated as (
    select
        complaints.*,
        months.as_of_date,
        case when complaints.closed_date <= months.as_of_date then complaints.closed_date end as told_closed_date,
        least(coalesce(complaints.closed_date, months.as_of_date), months.as_of_date) as counted_date
    from complaints
    cross join months
),

-- The day it was taken is not counted: exactly the limit is in time.
counted as (
    select
        dated.*,
        parameters.parameter_value as limit_day_count,
        parameters.unit as limit_unit,
        case
            when parameters.unit = '日' then ended.day_number - begun.day_number
            else ended.working_day_number - begun.working_day_number
        end as elapsed_day_count
    from dated
    left join days as begun
        on dated.received_date = begun.calendar_date
    left join days as ended
        on dated.counted_date = ended.calendar_date
    left join parameters
        on
            coalesce(dated.received_date >= parameters.valid_from_date, true)
            and coalesce(dated.received_date <= parameters.valid_to_date, true)
),

final as (
    select
        counted.complaint_key,
        counted.person_key,
        cast(date_trunc('month', counted.received_date) as date) as month,
        counted.received_date,
        counted.told_closed_date as closed_date,
        coalesce(mapped.mapped_area_code, 'unknown') as area_code,
        counted.complaint_type_code,
        coalesce(counted.id_status_code, 'missing') as id_status_code,
        counted.satisfaction_code,
        counted.elapsed_day_count,
        cast(counted.limit_day_count as bigint) as limit_day_count,
        counted.limit_unit,
        counted.told_closed_date is not null as is_closed,
        case when counted.told_closed_date is not null then counted.is_substantiated end as is_substantiated,
        counted.elapsed_day_count > counted.limit_day_count as is_over_limit,
        -- Open and still within the limit: neither in time nor late.
        counted.told_closed_date is not null or counted.elapsed_day_count > counted.limit_day_count as is_due
    from counted
    left join mapped
        on
            counted.area_code = mapped.area_code
            and cast(date_trunc('month', counted.received_date) as date) = mapped.month
)

select * from final
