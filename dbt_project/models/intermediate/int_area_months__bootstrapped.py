"""The 95 % range of yuan indicators of each area: its households drawn again and again, seeded."""


def model(dbt, session):
    """Return low and high of each area, month, programme and basis that has at least two households."""
    from flows.draws import bootstrap

    dbt.config(materialized="table")
    cutoffs = dict(dbt.ref("cutoffs").project("cutoff_code, cutoff_value").fetchall())
    households = dbt.ref("int_household_months__placed")  # noqa: F841 - read by the query
    above = dbt.ref("int_areas__ancestors").project("area_code, ancestor_area_code").pl()
    rows = session.sql(
        """
        select
            month,
            programme_code,
            basis_code,
            area_code,
            cast(enrolled_count as double) as recipients,
            cast(spend_amount_yuan as double) as spend_amount_yuan,
            cast(coalesce(entitlement_amount_yuan, 0) as double) as entitlement_amount_yuan
        from households
        order by month, programme_code, basis_code, area_code, household_key
        """
    ).pl()
    return bootstrap(rows, above, int(cutoffs["draw_count"]), int(cutoffs["draw_seed"])).to_arrow()
