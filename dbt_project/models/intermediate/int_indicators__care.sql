with institutions as (
    select * from {{ ref('stg_care__care_institutions') }}
),

population as (
    select * from {{ ref('int_population__by_month') }}
),

age_bands as (
    select * from {{ ref('age_bands') }}
),

ancestors as (
    select * from {{ ref('int_areas__ancestors') }}
),

mapped as (
    select * from {{ ref('int_areas__mapped') }}
),

months as (
    select * from {{ ref('int_months__spanned') }}
),

chosen as (
    {{ latest_list('institutions', 'report_month', only='is_current') }}
),

offered as (
    select
        mapped.mapped_area_code as area_code,
        chosen.month,
        sum(institutions.bed_count) as bed_count,
        sum(institutions.nursing_bed_count) as nursing_bed_count
    from chosen
    inner join institutions
        on
            institutions.is_current
            and chosen.list_month = institutions.report_month
    inner join mapped
        on
            institutions.area_code = mapped.area_code
            and chosen.month = mapped.month
    group by mapped.mapped_area_code, chosen.month
),

-- A home is told by its street: so are those whom it is there for. A street without one is a true zero.
aged as (
    select
        ancestors.ancestor_area_code as area_code,
        population.month,
        population.basis_code,
        sum(population.population_count) as elderly_count
    from population
    inner join age_bands
        on
            population.age_band_code = age_bands.age_band_code
            and {{ parameter('elder_age_from') }} <= age_bands.from_age
    inner join ancestors
        on
            population.area_code = ancestors.area_code
            and ancestors.ancestor_level_code = 'street'
    group by ancestors.ancestor_area_code, population.month, population.basis_code
),

-- No programme pays for a bed; 特困 are those whom the public ones are for in the first place.
final as (
    {% for indicator, beds in [
        ('beds_per_thousand', 'bed_count'), ('nursing_beds_per_thousand', 'nursing_bed_count')
    ] %}
        select
            aged.area_code,
            aged.month,
            'tekun' as programme_code,
            aged.basis_code,
            '{{ indicator }}' as indicator_code,
            cast(coalesce(offered.{{ beds }}, 0) as double) as numerator,
            cast(aged.elderly_count as double) / 1000 as denominator,
            cast(aged.elderly_count as bigint) as persons_count
        from aged
        inner join chosen
            on aged.month = chosen.month
        left join offered
            on
                aged.area_code = offered.area_code
                and aged.month = offered.month
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from final
