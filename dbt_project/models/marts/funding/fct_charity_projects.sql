with projects as (
    select * from {{ ref('stg_charity__charity_projects') }}
),

donations as (
    select * from {{ ref('stg_charity__donations') }}
),

grants as (
    select * from {{ ref('stg_charity__charity_grants') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

raised as (
    select
        project_no,
        sum(donation_amount_yuan) as donated_amount_yuan
    from donations
    where is_current and donation_status_code = 'received'
    group by project_no
),

given as (
    select
        project_no,
        sum(grant_amount_yuan) as granted_amount_yuan,
        count(distinct person_key) as recipients_count
    from grants
    where is_current
    group by project_no
),

final as (
    select
        projects.project_no,
        projects.project_name,
        projects.purpose_code,
        mapped.mapped_area_code as area_code,
        projects.start_date,
        projects.end_date,
        projects.planned_amount_yuan,
        cast(coalesce(raised.donated_amount_yuan, 0) as decimal(18, 2)) as donated_amount_yuan,
        cast(coalesce(given.granted_amount_yuan, 0) as decimal(18, 2)) as granted_amount_yuan,
        coalesce(given.recipients_count, 0) as recipients_count
    from projects
    inner join months
        on months.is_business_month
    left join mapped
        on
            projects.area_code = mapped.area_code
            and months.month = mapped.month
    left join raised
        on projects.project_no = raised.project_no
    left join given
        on projects.project_no = given.project_no
    where projects.is_current
)

select * from final
