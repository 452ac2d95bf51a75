with custody as (
    select * from {{ ref('stg_custody__custody') }}
),

-- A stay is told month by month, and its end by another list: the last end that anybody told counts.
told as (
    select
        *,
        row_number() over (
            partition by person_key, custody_start_date
            order by
                case when custody_end_date is null then 1 else 0 end asc,
                report_month desc,
                delivery_sequence desc,
                source_sheet desc,
                source_row_number desc
        ) as choice
    from custody
    where is_latest_version
),

final as (
    select
        custody.person_key,
        custody.custody_start_date,
        told.custody_end_date,
        custody.custody_type_code,
        coalesce(custody.id_status_code, 'missing') as id_status_code
    from custody
    inner join told
        on
            custody.person_key = told.person_key
            and custody.custody_start_date = told.custody_start_date
            and told.choice = 1
    where custody.is_current
)

select * from final
