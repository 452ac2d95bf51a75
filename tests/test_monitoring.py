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
