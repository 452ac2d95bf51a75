"""From the applications to who missed exactly one threshold, and by how little, against the sample's answer key."""

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")


def test_every_application_that_fails_one_criterion_is_shown_with_its_distance_and_no_other(night: Night) -> None:
    rows = night.sql(
        "select person_key, criterion_code, strftime(month, '%Y-%m') as month, miss_value from mart_housing_near_misses"
    )
    expected = {
        person_key(night, fault["id_number"]): (
            fault["criterion_code"],
            fault["months"],
            pytest.approx(fault["miss"], abs=0.005),
        )
        for fault in faults(night, "housing_near_miss")
    }
    assert len(rows) == len(expected) > 50
    assert {
        row["person_key"]: (row["criterion_code"], row["month"], float(row["miss_value"])) for row in rows
    } == expected


@pytest.mark.parametrize("name", ["housing_two_criteria", "housing_unexplained", "housing_unmeasured"])
def test_who_fails_two_criteria_or_none_or_was_not_measured_is_not_shown(night: Night, name: str) -> None:
    planted = {person_key(night, fault["id_number"]) for fault in faults(night, name)}
    keys = ", ".join(f"'{key}'" for key in planted)
    rows = night.sql(
        "select person_key, failed_criteria_count, unmeasured_criteria_count, is_near_miss "
        f"from fct_housing_applications where is_rejected and person_key in ({keys})"
    )
    assert {row["person_key"] for row in rows} == planted
    assert not any(row["is_near_miss"] for row in rows)
    counts = {(min(row["failed_criteria_count"], 2), row["unmeasured_criteria_count"]) for row in rows}
    assert counts == {{"housing_two_criteria": (2, 0), "housing_unexplained": (0, 0)}.get(name, (1, 1))}


def test_per_area_the_kinds_of_rejections_add_up_and_the_share_is_of_the_rejected(night: Night) -> None:
    [row] = night.sql(
        "select count(*) filter (where near_misses_count + far_misses_count + unexplained_rejections_count "
        "> rejections_count or narrow_misses_count > near_misses_count or rejections_count > applications_count "
        "or near_miss_share <> near_misses_count / rejections_count) as wrong, "
        "sum(rejections_count) filter (where level_code = 'street') as streets, "
        "sum(rejections_count) filter (where level_code = 'district') as district "
        "from mart_housing_rejections where month = date '2025-06-01'"
    )
    assert row["wrong"] == 0
    assert row["streets"] == row["district"] > 100


def test_the_near_miss_share_of_the_gap_table_is_that_of_the_mart(night: Night) -> None:
    rows = night.sql(
        "select gap.value, mart.near_miss_share from mart_regional_gap as gap "
        "inner join mart_housing_rejections as mart using (area_code, month, programme_code, basis_code) "
        "where indicator_code = 'housing_near_miss_share' and gap.level_code = 'street' "
        "and gap.month = date '2025-06-01'"
    )
    assert len(rows) == 18
    assert all(row["value"] == pytest.approx(row["near_miss_share"]) for row in rows)
    shown = night.run("gap", "--indicator", "housing_near_miss_share", "--programme", "housing")
    assert "住房救助差一项比例" in shown
