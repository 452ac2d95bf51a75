with measured as (
    select * from {{ ref('int_applications__measured') }}
),

final as (
    select
        application_key,
        criterion_code,
        measured_value,
        threshold_value,
        miss_value,
        cast(miss_value as double) / nullif(threshold_value, 0) as miss_ratio,
        miss_value > 0 as is_failed,
        miss_value > 0 and miss_value <= threshold_value * narrow_share as is_narrow
    from measured
)

select * from final
