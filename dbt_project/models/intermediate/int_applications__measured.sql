with applications as (
    select * from {{ ref('stg_housing__housing_applications') }}
    where is_current
),

criteria as (
    select * from {{ ref('housing_criteria') }}
),

measured as (
    {% for criterion, column in [
        ('income', 'income_per_head_yuan'),
        ('assets', 'assets_per_head_yuan'),
        ('floor_area', 'floor_area_per_head_sqm'),
        ('residence', 'local_months_count'),
    ] %}
        select
            application_key,
            application_date,
            '{{ criterion }}' as criterion_code,
            cast({{ column }} as decimal(18, 2)) as measured_value
        from applications
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- The thresholds of the day of the application: what came later binds later applicants.
final as (
    select
        measured.application_key,
        measured.criterion_code,
        measured.measured_value,
        criteria.threshold_value,
        case criteria.direction
            when 'at_most' then measured.measured_value - criteria.threshold_value
            else criteria.threshold_value - measured.measured_value
        end as miss_value,
        criteria.narrow_share
    from measured
    inner join criteria
        on
            measured.criterion_code = criteria.criterion_code
            and coalesce(measured.application_date >= criteria.valid_from_date, true)
            and coalesce(measured.application_date <= criteria.valid_to_date, true)
)

select * from final
