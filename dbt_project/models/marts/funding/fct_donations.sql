with donations as (
    select * from {{ ref('stg_charity__donations') }}
),

purposes as (
    select * from {{ ref('charity_purposes') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

final as (
    select
        donations.donation_key,
        donations.donor_key,
        donations.donated_date,
        donations.report_month as month,
        donations.donor_type_code,
        coalesce(donor.mapped_area_code, 'unknown') as donor_area_code,
        donations.donation_status_code,
        donations.purpose_code,
        purposes.programme_code,
        nullif(donations.project_no, '') as project_no,
        case
            when donations.spent_area_code is not null then coalesce(spent.mapped_area_code, 'unknown')
        end as spent_area_code,
        donations.donation_amount_yuan,
        donations.donation_status_code = 'received' as is_received,
        donations.donation_status_code = 'offered' and nullif(donations.project_no, '') is null as is_unmatched_offer
    from donations
    inner join purposes
        on donations.purpose_code = purposes.purpose_code
    left join mapped as donor
        on
            donations.donor_area_code = donor.area_code
            and donations.report_month = donor.month
    left join mapped as spent
        on
            donations.spent_area_code = spent.area_code
            and donations.report_month = spent.month
    where donations.is_current
)

select * from final
