with working_days as (
    select * from {{ ref('working_days') }}
),

-- Only years whose State Council notice has been entered: every year has holidays.
years as (
    select distinct cast(date_trunc('year', calendar_date) as date) as first_date
    from working_days
),

months as (
    {% for number in range(12) %}
        select cast(first_date + interval {{ number }} month as date) as month
        from years
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

days as (
    {% for number in range(31) %}
        select
            month,
            cast(month + interval {{ number }} day as date) as calendar_date
        from months
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- A holiday may be a weekday, and a weekend day may be worked to make up for one.
judged as (
    select
        days.calendar_date,
        days.month,
        working_days.holiday_name,
        coalesce(
            working_days.is_working_day,
            days.calendar_date < cast(date_trunc('week', days.calendar_date) + interval 5 day as date)
        ) as is_working_day
    from days
    left join working_days
        on days.calendar_date = working_days.calendar_date
    where cast(date_trunc('month', days.calendar_date) as date) = days.month
),

final as (
    select
        calendar_date,
        month,
        holiday_name,
        is_working_day,
        row_number() over (order by calendar_date) as day_number,
        cast(sum(case when is_working_day then 1 else 0 end) over (order by calendar_date) as bigint)
            as working_day_number
    from judged
)

select * from final
