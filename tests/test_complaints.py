"""Complaints over the citizens' line, from the tickets as sent to how many were closed in time per area."""

import pytest

from tests.conftest import Night
from tests.test_casework import DISTRICT, key
from tests.test_faults_found import faults

pytestmark = pytest.mark.xdist_group("night")


def test_every_complaint_over_its_limit_is_found_and_no_other_and_the_last_day_is_in_time(night: Night) -> None:
    rows = night.sql("select cast(complaint_key as varchar) as complaint, is_over_limit from fct_complaints")
    over = {row["complaint"] for row in rows if row["is_over_limit"]}
    assert over == {key(night, "reference", each["complaint_no"]) for each in faults(night, "complaint_over_limit")}
    at_limit = {key(night, "reference", each["complaint_no"]) for each in faults(night, "complaint_at_limit")}
    assert at_limit <= {row["complaint"] for row in rows} - over


def test_a_complaint_told_again_when_it_is_closed_is_one_complaint(night: Night) -> None:
    [row] = night.sql(
        "select count(*) as complaints, count(person_key) as known, count(*) filter (where not is_closed) as open, "
        "count(is_substantiated) as judged, count(*) filter (where area_code = 'unknown') as placeless, "
        "count(distinct satisfaction_code) as answers from fct_complaints"
    )
    assert row["complaints"] == 18 * 36
    assert 0 < row["complaints"] - row["known"] < 60
    assert row["judged"] == row["complaints"] - row["open"]
    assert row["placeless"] > 10
    assert row["answers"] == 3


def test_each_area_tells_complaints_per_ten_thousand_and_how_they_ended(night: Night) -> None:
    rows = night.sql("select * from mart_complaints where month = '2025-06-01'")
    [district] = [row for row in rows if row["area_code"] == DISTRICT]
    streets = [row for row in rows if row["level_code"] == "street"]
    for name in ("received", "due", "on_time", "closed", "substantiated", "satisfied"):
        assert sum(row[f"{name}_count"] for row in streets) == district[f"{name}_count"], name
    assert district["received_per_ten_thousand"] == pytest.approx(
        10_000 * district["received_count"] / district["population_count"]
    )
    assert district["on_time_share"] == pytest.approx(district["on_time_count"] / district["due_count"])
    assert 0.2 < district["substantiated_share"] < 0.5
    assert {row["status"] for row in streets} == {"ok"}
    gaps = night.json("gap", "--level", "street", "--indicator", "complaint_on_time_share")
    assert len(gaps) == 9
    rates = night.json("gap", "--level", "street", "--indicator", "complaints_per_ten_thousand")
    expected = {row["area_code"]: row["received_per_ten_thousand"] for row in streets}
    assert {row["area_code"] for row in rates} == expected.keys()
    for row in rates:
        assert row["value"] == pytest.approx(expected[row["area_code"]])
