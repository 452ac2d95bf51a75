"""Layers of low-income people and who goes from one to another, from the rosters as sent to the marts."""

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults

pytestmark = pytest.mark.xdist_group("night")

ALL = "level_code in ('district', 'special') and basis_code = 'hukou'"


def test_each_layer_holds_the_persons_of_its_roster_and_who_left_is_watched(night: Night) -> None:
    covered = night.answers["districts"][0]["covered"]
    missing = {fault["months"] for fault in faults(night, "missing_month")}
    # Who is on two rosters is in the needier layer.
    doubled = [month for fault in faults(night, "exclusive_programmes") for month in fault["months"]]
    rows = night.sql(
        "select strftime(month, '%Y-%m') as month, layer_code, sum(persons_count) as persons "
        f"from mart_layers where {ALL} group by all"
    )
    stocks = {(row["month"], row["layer_code"]): row["persons"] for row in rows}
    for month, programmes in covered.items():
        expected = {name: None if month in missing else counts["persons"] for name, counts in programmes.items()}
        if month not in missing:
            expected["dibian"] -= doubled.count(month)
        assert {name: stocks[month, name] and int(stocks[month, name]) for name in expected} == expected, month
    assert int(stocks["2025-06", "left"]) > 200


def test_a_month_without_a_roster_is_no_data_in_every_layer_and_in_the_matrix(night: Night) -> None:
    for fault in faults(night, "missing_month"):
        for mart in ("mart_layers", "mart_layer_transitions"):
            [row] = night.sql(
                f"select count(persons_count) as told, min(status) as low, max(status) as high from {mart} "
                f"where month = date '{fault['months']}-01'"
            )
            assert row == {"told": 0, "low": "no_data", "high": "no_data"}


def test_the_matrix_adds_up_to_the_stocks_of_both_months_per_street_and_district(night: Night) -> None:
    wrong = night.sql(
        """
        with flows as (
            select area_code, previous_month as month, basis_code, from_layer_code as layer_code,
                sum(persons_count) as persons
            from mart_layer_transitions where status = 'ok' group by all
            union all
            select area_code, month, basis_code, to_layer_code, sum(persons_count)
            from mart_layer_transitions where status = 'ok' group by all
        )
        select * from flows inner join mart_layers using (area_code, month, basis_code, layer_code)
        where persons <> persons_count
        """
    )
    assert wrong == []
    [told] = night.sql(
        "select count(distinct area_code) as areas, count(distinct month) as months, sum(persons_count) as persons "
        "from mart_layer_transitions where status = 'ok' and level_code = 'street'"
    )
    assert (told["areas"], told["months"]) == (9, 16)
    moved = night.sql(
        "select to_layer_code, sum(persons_count) as persons from mart_layer_transitions "
        "where level_code = 'district' and basis_code = 'hukou' and from_layer_code = 'dibao' group by all"
    )
    assert {row["to_layer_code"] for row in moved if int(row["persons"])} >= {"dibao", "left", "out"}


def test_who_is_in_a_layer_is_told_per_thousand_of_the_population_and_the_rosters_persons_are_among_them(
    night: Night,
) -> None:
    rows = night.json("gap", "--indicator", "low_income_rate")
    told = night.sql(
        "select area_code, level_code, sum(persons_count) as persons, max(population_count) as population, "
        "sum(persons_count) filter (layer_code = 'left') as gone from mart_layers "
        "where month = date '2025-06-01' and basis_code = 'hukou' group by all"
    )
    layers = {row["area_code"]: row for row in told}
    assert len(rows) == 9
    for row in rows:
        own = layers[row["area_code"]]
        assert (row["numerator"], row["denominator"]) == (int(own["persons"]), own["population"])
        assert row["unit"] == "permille"
    [district] = [row for row in told if row["level_code"] == "district"]
    assert int(district["persons"]) - int(district["gone"]) == 2051 + 183 + 22
    assert rows[0]["district_value"] == pytest.approx(int(district["persons"]) / district["population"])


def test_a_month_without_a_roster_has_no_share_of_low_income_people_rather_than_a_small_one(night: Night) -> None:
    missing = {fault["months"] for fault in faults(night, "missing_month")}
    rows = night.sql(
        "select distinct strftime(month, '%Y-%m') as month from mart_indicators "
        "where indicator_code = 'low_income_rate' and status = 'no_data'"
    )
    assert {row["month"] for row in rows} == missing
