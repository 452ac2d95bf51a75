"""What chance alone would do, and how sure the observed balance is: households drawn over the lowest areas, seeded."""


def model(dbt, session):
    """Return persons and yuan per drawn area of the business month."""
    from flows.draws import draw

    dbt.config(materialized="table")
    cutoffs = dict(dbt.ref("cutoffs").project("cutoff_code, cutoff_value").fetchall())
    areas = dbt.ref("int_balance__populated").order("draw_group, area_number").pl()
    households = dbt.ref("int_balance__housed").order("draw_group, area_number, household_key").pl()
    return draw(areas, households, int(cutoffs["draw_count"]), int(cutoffs["draw_seed"])).to_arrow()
