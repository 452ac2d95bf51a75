"""Who proves what: income by who vouches for it, how much nobody verified, and how objections end."""

from decimal import Decimal

import pytest

from tests.conftest import Night
from tests.test_casework import key
from tests.test_faults_found import faults

pytestmark = pytest.mark.xdist_group("night")

DISTRICT = "339900000000"
OF_THE_DISTRICT = f"basis_code = 'hukou' and area_code = '{DISTRICT}' and month = '2025-06-01'"


def test_the_share_of_income_that_nobody_verified_is_told_for_each_source(night: Night) -> None:
    rows = night.sql(f"select * from mart_evidence where {OF_THE_DISTRICT}")
    told = {row["income_source_code"]: row for row in rows}
    planted = faults(night, "income_unverified")
    assert set(told) - {"all"} == {each["source"] for each in planted}
    for each in planted:
        row = told[each["source"]]
        assert Decimal(str(row["declared_amount_yuan"])) == Decimal(str(each["declared"]))
        assert Decimal(str(row["unverified_amount_yuan"])) == Decimal(str(each["unverified"]))
        assert row["income_unverified_share"] == pytest.approx(each["unverified"] / each["declared"])
    # What people say themselves is hardly verified, what the bank says nearly always.
    assert told["self"]["income_unverified_share"] > 0.6 > 0.1 > told["bank"]["income_unverified_share"]
    total = sum(each["unverified"] for each in planted) / sum(each["declared"] for each in planted)
    assert told["all"]["income_unverified_share"] == pytest.approx(total)


def test_every_item_that_is_contradicted_is_one_and_says_by_how_much(night: Night) -> None:
    rows = night.sql(
        "select cast(income_item_key as varchar) as item, undeclared_amount_yuan as yuan from fct_income_items "
        "where income_verification_code = 'contradicted'"
    )
    expected = {
        key(night, "reference", each["item_no"]): Decimal(str(each["verified"] - each["declared"]))
        for each in faults(night, "income_contradicted")
    }
    assert {row["item"]: Decimal(str(row["yuan"])) for row in rows} == expected


def test_objections_are_told_with_how_they_ended_and_what_is_open_is_not_rejected(night: Night) -> None:
    [planted] = faults(night, "disputes_ended")
    [told] = night.sql(f"select * from mart_evidence where {OF_THE_DISTRICT} and income_source_code = 'all'")
    assert told["disputes_count"] == planted["lodged"]
    for outcome in ("upheld", "rejected", "withdrawn"):
        assert told[f"disputes_{outcome}_count"] == planted[outcome]
    ended = planted["upheld"] + planted["rejected"]
    assert told["dispute_upheld_share"] == pytest.approx(planted["upheld"] / ended)
    assert ended + planted["withdrawn"] < planted["lodged"]


def test_streets_add_up_to_the_district_and_sources_to_all_of_them(night: Night) -> None:
    rows = night.sql(
        "select month, income_source_code, sum(declared_amount_yuan) filter (level_code = 'street') as streets, "
        "sum(declared_amount_yuan) filter (level_code = 'district') as district from mart_evidence "
        "where basis_code = 'hukou' group by all"
    )
    assert all(row["streets"] == row["district"] for row in rows)
    by_month: dict[str, list[Decimal]] = {}
    for row in rows:
        part = by_month.setdefault(row["month"], [Decimal(0), Decimal(0)])
        part[row["income_source_code"] == "all"] += Decimal(str(row["district"]))
    assert len(by_month) == 18
    assert all(parts == total for parts, total in by_month.values())


def test_the_gap_table_tells_the_share_of_income_that_nobody_verified(night: Night) -> None:
    rows = night.json("gap", "--indicator", "income_unverified_share", "--level", "street")
    assert len(rows) >= 8
    [district] = night.sql(
        "select numerator, denominator, value from fct_indicators where indicator_code = 'income_unverified_share' "
        f"and programme_code = 'dibao' and {OF_THE_DISTRICT}"
    )
    [items] = night.sql(
        "select sum(declared_amount_yuan) as declared, "
        "sum(declared_amount_yuan) filter (income_verification_code = 'unverified') as unverified "
        "from fct_income_items where programme_code = 'dibao' and month >= '2024-07-01'"
    )
    assert float(items["unverified"]) == pytest.approx(district["numerator"])
    assert float(items["declared"]) == pytest.approx(district["denominator"])
    assert rows[0]["district_value"] == pytest.approx(district["value"])
