"""What each department's deliveries were worth: from the files and the ledger to the scorecard."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.build import load
from flows.declarations import departments
from flows.ledger import append
from tests.conftest import Night
from tests.test_faults_found import events, faults

pytestmark = pytest.mark.xdist_group("night")


def test_the_scorecard_names_the_months_that_never_came_and_no_other(night: Night) -> None:
    rows = night.sql("select extract_name, month from mart_department_scorecard where not has_arrived")
    [fault] = faults(night, "missing_month")
    assert {(row["extract_name"], row["month"][:7]) for row in rows} == {
        (name, fault["months"]) for name in fault["extract"].split("、")
    }
    [row] = night.sql("select count(distinct department_code) as departments from mart_department_scorecard")
    whole = {"office"}  # whose extracts always replace the whole and owe no month
    assert row["departments"] == len(departments().keys() - whole)


def test_the_scorecard_tells_rows_id_numbers_and_places_as_the_ledger_has_them(night: Night) -> None:
    rows = night.sql(
        "select extract_name, row_count, read_count, rejected_share, valid_ids_share, checked_ids_count, "
        "named_areas_count, matched_areas_share, timeliness_code, has_passed from mart_department_scorecard "
        "where month in (date '2024-10-01', date '2025-06-01') order by month"
    )
    [members] = [row for row in rows if row["extract_name"] == "dibao_members"][1:]
    wrong = {
        number
        for name in ("wrong_check_digit", "missing_id_number", "id_number_twice")
        for number in (fault["person_name"] for fault in faults(night, name))
    }
    assert round(members["checked_ids_count"] * (1 - members["valid_ids_share"])) == len(wrong)
    assert (members["matched_areas_share"], members["rejected_share"]) == (1, 0)
    assert (members["timeliness_code"], members["has_passed"]) == ("back_fill", True)
    [grants] = [row for row in rows if row["extract_name"] == "temporary_assistance"][:1]
    [fault] = faults(night, "village_unresolved")
    assert fault["months"] == "2024-10"
    unresolved = round(grants["named_areas_count"] * (1 - grants["matched_areas_share"]))
    [sent] = [each for each in events(night) if each["file_name"] == fault["file"].split("/")[-1]]
    assert (unresolved, grants["read_count"]) == (sent["areas_unresolved"], sent["rows_read"])
    assert grants["rejected_share"] == pytest.approx(
        sent["rows_rejected"] / (sent["rows_good"] + sent["rows_rejected"])
    )


@pytest.mark.parametrize(
    ("month", "received", "days"),
    [
        ("2025-06", "2025-07-02T02:00:00+00:00", None),  # ended before the first night
        ("2025-07", "2025-08-05T02:00:00+00:00", 0),
        ("2025-07", "2025-08-09T02:00:00+00:00", 4),
    ],
)
def test_by_how_many_days_a_month_came_too_late_goes_to_the_warehouse_and_the_day_does_not(
    fresh_settings: Path, tmp_path: Path, month: str, received: str, days: int | None
) -> None:
    import duckdb

    event: dict[str, Any] = {
        "event": "held",
        "delivery_id": "x",
        "delivery_sequence": 2,
        "department_code": "civil_affairs",
        "extract_name": "dibao_members",
        "table_name": "roster_members",
        "received_at": received,
        "months": [month],
        "rows_by_month": {month: 1},
        "rows_read": 3,
        "rows_rejected": 0,
        "findings": [{"success": False}, {"success": True}],
        "areas_unresolved": 0,
    }
    append(event | {"delivery_id": "first", "received_at": "2025-07-02T02:00:00+00:00", "months": []}, event)
    load(tmp_path / "warehouse.duckdb", date(2025, 7, 1))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select late_days_count, read_count, unmet_count, checked_ids_count from raw.deliveries"
        ).fetchall()
        columns = [row[0] for row in connection.execute("describe raw.deliveries").fetchall()]
    assert found == [(days, 3, 1, None)]
    assert not [name for name in columns if "received" in name]
