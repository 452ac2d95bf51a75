with offers as (
    select
        person_key,
        identified_date,
        offered_date,
        -- An answer without a day counts from the day of the offer.
        case when offer_answer_code is not null then coalesce(answered_date, offered_date, identified_date) end
            as answered_date,
        report_month,
        hukou_area_code,
        residence_area_code,
        offer_answer_code,
        decline_reason_code,
        coalesce(id_status_code, 'missing') as id_status_code
    from {{ ref('stg_education__education_offers') }}
    where is_current
),

parameters as (
    select * from {{ ref('parameters') }}
    where area_code is null
),

-- An answer lapses: a decline by its own term, an acceptance by that of the identification.
final as (
    select
        offers.*,
        {{ months_after('offers.identified_date', 'hardship.parameter_value') }} as identified_lapse_date,
        {{ months_after('offers.identified_date', 'offering.parameter_value') }} as offer_due_date,
        {{ months_after(
            'offers.answered_date',
            "case offers.offer_answer_code when 'declined' then declining.parameter_value"
            ~ " else hardship.parameter_value end"
        ) }} as answer_lapse_date
    from offers
    {% for name, code in [
        ('hardship', 'student_hardship_valid_months'),
        ('offering', 'student_offer_months'),
        ('declining', 'decline_valid_months'),
    ] %}
        inner join parameters as {{ name }}
            on
                {{ name }}.parameter_code = '{{ code }}'
                and coalesce(offers.identified_date >= {{ name }}.valid_from_date, true)
                and coalesce(offers.identified_date <= {{ name }}.valid_to_date, true)
    {% endfor %}
)

select * from final
