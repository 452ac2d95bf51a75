"""Referrals, services and staff, from the offices' files to the marts, held against the sample's answer key."""

import polars as pl
import pytest

from tests.conftest import Night
from tests.sample.reading import month_of, read
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")

LAST = "month = date '2025-06-01'"


def test_a_referral_never_served_is_overdue_in_its_street_and_no_other_is(night: Night) -> None:
    planted = faults(night, "referral_never_served")
    found = night.sql("select person_key, residence_area_code as area_code from fct_referrals where is_overdue")
    expected = {(person_key(night, fault["id_number"]), fault["area_code"]) for fault in planted}
    assert {(row["person_key"], row["area_code"]) for row in found} == expected
    rows = night.sql(
        "select area_code, sum(overdue_count) as overdue from mart_referrals "
        f"where {LAST} and basis_code = 'resident' and level_code = 'village' group by area_code having overdue > 0"
    )
    assert {row["area_code"] for row in rows} == {fault["area_code"] for fault in planted}


def test_of_the_referred_some_are_served_and_fewer_closed_at_every_level(night: Night) -> None:
    rows = night.sql(
        "select level_code, sum(referrals_count) as referred, sum(served_count) as served, "
        "sum(closed_count) as closed, min(median_waited_days) as shortest from mart_referrals "
        f"where {LAST} and basis_code = 'resident' group by level_code"
    )
    levels = {row["level_code"]: row for row in rows}
    assert {"village", "street", "district"} <= set(levels)
    # A village that was split since is none any more: its street still counts who was referred there.
    assert levels["district"]["referred"] == levels["street"]["referred"] >= levels["village"]["referred"] > 0
    assert levels["district"]["referred"] > levels["district"]["served"] > levels["district"]["closed"] > 0
    assert levels["district"]["shortest"] > 0


def test_who_needs_counselling_and_never_got_any_is_whom_the_answer_key_names(night: Night) -> None:
    expected = {person_key(night, fault["id_number"]) for fault in faults(night, "counselling_never_given")}
    found = night.sql(
        "select distinct person_key from fct_needs where service_type_code = 'counselling' "
        f"and ever_services_count = 0 and {LAST}"
    )
    assert {row["person_key"] for row in found} == expected
    [row] = night.sql(
        "select needing_count, served_count, never_served_count, delivered_share from mart_service_mix "
        f"where {LAST} and level_code = 'district' and service_type_code = 'counselling'"
    )
    assert row["never_served_count"] == len(expected)
    assert row["served_count"] <= row["needing_count"] - len(expected)
    assert row["delivered_share"] == pytest.approx(row["served_count"] / row["needing_count"])


def test_cash_things_and_services_add_up_and_cash_is_what_was_paid(night: Night) -> None:
    rows = night.sql(
        "select provision_code, amount_yuan, amount_share from mart_provision_mix "
        f"where {LAST} and level_code = 'district'"
    )
    shares = {row["provision_code"]: row for row in rows}
    assert set(shares) == {"cash", "in_kind", "service"}
    assert sum(row["amount_share"] for row in rows) == pytest.approx(1)
    [paid] = night.sql(
        "select sum(paid_amount_yuan) as yuan from fct_payments where is_successful "
        "and benefit_month = date '2025-06-01' and residence_area_code not in ('outside', 'unknown')"
    )
    assert float(shares["cash"]["amount_yuan"]) == pytest.approx(float(paid["yuan"]), abs=0.005)


def test_what_is_given_in_things_and_services_is_what_the_centres_list_says_they_cost_in_every_street(
    night: Night,
) -> None:
    listed = (
        read(night.data / "inbox", "services")
        .filter(pl.col("title").map_elements(month_of, return_dtype=pl.String) == "2025-06")
        .group_by("residence_street_name")
        .agg(pl.col("service_cost_yuan").cast(pl.Float64).sum())
    )
    cost = dict(listed.iter_rows())
    rows = night.json("gap", "--indicator", "non_cash_share")
    told = night.sql(
        "select area_code, sum(amount_share) as share from mart_provision_mix "
        f"where provision_code <> 'cash' and {LAST} and level_code in ('street', 'district') group by area_code"
    )
    shares = {row["area_code"]: row["share"] for row in told}
    assert {row["area_name"]: pytest.approx(row["numerator"]) for row in rows} == cost
    for row in rows:
        assert row["value"] == pytest.approx(shares.pop(row["area_code"]))
    assert [rows[0]["district_value"]] == [pytest.approx(share) for share in shares.values()]


def test_the_street_without_a_certified_full_timer_is_the_planted_one(night: Night) -> None:
    expected = {fault["area_code"] for fault in faults(night, "no_certified_full_timer")}
    rows = night.sql(
        "select area_code, staff_count from mart_capacity "
        f"where {LAST} and level_code = 'street' and lacks_certified_full_timer"
    )
    assert {row["area_code"] for row in rows} == expected
    assert all(row["staff_count"] > 0 for row in rows)


def test_cases_of_a_full_time_equivalent_are_the_enrolled_households(night: Night) -> None:
    [row] = night.sql(
        "select cases_count, cases_per_fte, full_time_equivalents, full_time_share, certified_share, turnover_share "
        f"from mart_capacity where {LAST} and level_code = 'district'"
    )
    assert row["cases_count"] == 1739 + 62 + 22
    assert row["cases_per_fte"] == pytest.approx(row["cases_count"] / row["full_time_equivalents"])
    assert all(0 < row[name] < 1 for name in ("full_time_share", "certified_share", "turnover_share"))


@pytest.mark.parametrize("indicator", ["referral_closure_rate", "service_delivery_share", "cases_per_fte"])
def test_the_gap_between_streets_is_told_for_the_indicators_of_services(night: Night, indicator: str) -> None:
    rows = night.json("gap", "--indicator", indicator, "--level", "street")
    assert len(rows) == 9
    assert all(row["value"] is not None for row in rows)
