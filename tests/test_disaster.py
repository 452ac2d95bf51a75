"""Shelters by need and by unit: from the office's files to the mart, by the answer key."""

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults

pytestmark = pytest.mark.xdist_group("night")

LAST = "month = date '2025-06-01'"


@pytest.mark.parametrize(
    ("name", "finding"), [("shelter_missing", "no_shelter"), ("shelter_surplus", "far_above_need")]
)
def test_a_village_with_far_too_much_room_or_with_none_is_found_and_no_other(
    night: Night, name: str, finding: str
) -> None:
    rows = night.sql(
        "select area_code, shelter_capacity_count as capacity, exposed_count as exposed, "
        "capacity_per_100_exposed as per_100 from mart_shelter_capacity "
        f"where {LAST} and shelter_finding_code = '{finding}'"
    )
    assert rows == [
        {
            "area_code": fault["area_code"],
            "capacity": fault["capacity"],
            "exposed": fault["exposed"],
            "per_100": 100 * fault["capacity"] / fault["exposed"],
        }
        for fault in faults(night, name)
    ]


def test_room_and_exposed_residents_are_what_the_office_counts(night: Night) -> None:
    [fault] = faults(night, "shelter_missing")
    [row] = night.sql(
        "select shelter_capacity_count as capacity, exposed_count as exposed, villages_count as villages "
        f"from mart_shelter_capacity where {LAST} and level_code = 'district'"
    )
    assert row == fault["district"]


def test_the_same_for_every_village_would_give_each_its_equal_part(night: Night) -> None:
    [fault] = faults(night, "shelter_missing")
    whole = fault["district"]
    rows = night.sql(
        "select shelter_capacity_count as capacity, exposed_count as exposed, uniform_capacity, "
        "difference_to_uniform_capacity, proportional_capacity, difference_to_proportional_capacity "
        f"from mart_shelter_capacity where {LAST} and level_code = 'village'"
    )
    assert len(rows) == whole["villages"]
    for row in rows:
        uniform = whole["capacity"] / whole["villages"]
        proportional = whole["capacity"] * row["exposed"] / whole["exposed"]
        assert row["uniform_capacity"] == pytest.approx(uniform)
        assert row["difference_to_uniform_capacity"] == pytest.approx(row["capacity"] - uniform)
        assert row["proportional_capacity"] == pytest.approx(proportional)
        assert row["difference_to_proportional_capacity"] == pytest.approx(row["capacity"] - proportional)


def test_what_is_given_out_by_either_rule_adds_up_at_every_level(night: Night) -> None:
    rows = night.sql(
        "select level_code, sum(shelter_capacity_count) as capacity, sum(uniform_capacity) as uniform, "
        "sum(proportional_capacity) as proportional from mart_shelter_capacity "
        f"where {LAST} and level_code in ('village', 'street', 'district') group by level_code"
    )
    assert len(rows) == 3
    for row in rows:
        assert row["uniform"] == pytest.approx(float(row["capacity"]))
        assert row["proportional"] == pytest.approx(float(row["capacity"]))


def test_the_gap_table_serves_room_per_exposed_resident(night: Night) -> None:
    rows = night.json("gap", "--indicator", "shelter_capacity", "--programme", "disaster")
    [fault] = faults(night, "shelter_missing")
    assert len(rows) == 9
    assert rows[0]["district_value"] == pytest.approx(fault["district"]["capacity"] / fault["district"]["exposed"])


def test_a_month_between_quarters_is_told_by_the_quarter_before_it(night: Night) -> None:
    rows = night.sql(
        "select strftime(month, '%Y-%m') as month, strftime(min(shelter_month), '%Y-%m') as told "
        "from mart_shelter_capacity where month >= date '2025-01-01' group by month order by month"
    )
    assert [row["told"] for row in rows] == ["2024-12", "2024-12", "2025-03", "2025-03", "2025-03", "2025-06"]
    assert rows[0]["month"] == "2025-01"


def test_aid_after_disasters_reaches_persons_in_every_month(night: Night) -> None:
    [row] = night.sql(
        "select count(distinct month) as months, min(disaster_grant_amount_yuan) as least, "
        "count(*) filter (where id_status_code <> 'valid') as unmatched from fct_disaster_grants"
    )
    assert (row["months"], row["unmatched"]) == (18, 0)
    assert float(row["least"]) > 0
