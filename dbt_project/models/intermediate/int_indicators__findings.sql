with findings as (
    select * from {{ ref('int_findings__judged') }}
),

evidence as (
    select * from {{ ref('int_findings__evidence') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

bases as (
    select distinct basis_code from {{ ref('basis_hukou_types') }}
),

-- A lead about two programmes is a lead of both.
concerned as (
    select distinct
        finding_id,
        programme_code
    from evidence
    where programme_code is not null
),

final as (
    select
        {{ area_on_basis('findings') }} as area_code,
        months.month,
        concerned.programme_code,
        bases.basis_code,
        'findings_on_time_share' as indicator_code,
        cast(
            sum(
                case
                    when findings.first_decided_date <= findings.due_date and not findings.is_reopened then 1
                    else 0
                end
            ) as double
        ) as numerator,
        cast(count(*) as double) as denominator,
        count(distinct findings.person_key) as persons_count
    from findings
    inner join concerned
        on findings.finding_id = concerned.finding_id
    -- Those whose time was up within twelve months.
    inner join months
        on
            findings.due_date <= last_day(months.month)
            and findings.due_date > last_day({{ months_before('months.month', cutoff('window_months')) }})
    cross join bases
    group by
        {{ area_on_basis('findings') }},
        months.month,
        concerned.programme_code,
        bases.basis_code
)

select * from final
