"""The settlement waterfall, the cap and the backstop."""

from decimal import Decimal

import pytest

from tests.conftest import Night

pytestmark = pytest.mark.xdist_group("night")


def test_the_waterfall_of_the_programmes_is_the_figure_of_the_report(night: Night) -> None:
    rows = night.sql(
        "select * from mart_medical_protection where level_code = 'district' and year_start_date = date '2024-01-01'"
    )
    [figure] = [row for row in night.json("figures") if row["name"] == "medical_coverage_rate"]
    # The mart is by registration; who is registered outside the district is in the figure all the same.
    outside = night.sql(
        "select sum(in_scope_amount_yuan) as yuan from fct_settlements where hukou_area_code in ('outside', 'unknown') "
        "and programme_code is not null and service_date between date '2024-01-01' and date '2024-12-31'"
    )[0]["yuan"]
    told = sum(Decimal(str(row["in_scope_amount_yuan"])) for row in rows)
    assert told + Decimal(str(outside or 0)) == Decimal(str(figure["denominator"]))
    assert sum(row["backstopped_persons_count"] for row in rows) == 3
    assert sum(Decimal(str(row["backstop_amount_yuan"])) for row in rows) == Decimal("26894.25")


def test_every_yuan_in_scope_is_paid_by_somebody(night: Night) -> None:
    for row in night.sql("select * from mart_medical_protection"):
        parts = ("basic", "serious_illness", "medical_assistance", "other", "self_paid")
        paid = sum(Decimal(str(row[f"{part}_amount_yuan"])) for part in parts)
        # Each settlement is rounded to the fen.
        assert abs(paid - Decimal(str(row["in_scope_amount_yuan"]))) <= row["settlements_count"] * Decimal("0.03")


def test_who_is_above_the_cap_without_a_backstop_stands_in_his_year_and_programme(night: Night) -> None:
    rows = night.sql(
        "select year_start_date, programme_code, unprotected_persons_count as persons from mart_medical_protection "
        "where level_code = 'district' and unprotected_persons_count > 0"
    )
    assert rows == [{"year_start_date": "2025-01-01", "programme_code": "dibao", "persons": 1}]


def test_the_indicator_serves_the_gap_table(night: Night) -> None:
    rows = night.json("gap", "--indicator", "medical_protection", "--level", "street")
    assert len(rows) == 9
    assert all(0.8 < row["value"] < 1 for row in rows)
    listed = {row["indicator_code"] for row in night.json("indicators")}
    assert {"coverage", "medical_protection"} <= listed
