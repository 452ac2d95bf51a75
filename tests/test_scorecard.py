"""What each department's deliveries were worth: from the files and the ledger to the scorecard."""

from collections import Counter
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

EVENT: dict[str, Any] = {
    "event": "held",
    "delivery_id": "x",
    "delivery_sequence": 2,
    "department_code": "civil_affairs",
    "extract_name": "dibao_members",
    "table_name": "roster_members",
    "received_at": "2025-08-05T02:00:00+00:00",
    "rows_read": 3,
    "rows_rejected": 0,
    "findings": [{"success": False}, {"success": True}],
    "areas_unresolved": 0,
}


def test_the_scorecard_names_the_months_that_never_came_and_no_other(night: Night) -> None:
    rows = night.sql("select extract_name, month from mart_department_scorecard where is_expected and not has_arrived")
    lost = [fault for fault in night.answers["districts"][0]["faults"] if fault["outcome"] == "no_data"]
    assert faults(night, "missing_month")[0] in lost
    assert {(row["extract_name"], row["month"][:7]) for row in rows} == {
        (name, fault["months"]) for fault in lost for name in fault["extract"].split("、")
    }
    [row] = night.sql("select count(distinct department_code) as departments from mart_department_scorecard")
    # What always replaces the whole owes no month.
    owing = [each for each in departments().values() if any(extract.month != "whole" for extract in each.extracts)]
    assert row["departments"] == len(owing)


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


def test_a_file_that_could_not_be_read_is_told_of_its_department_in_the_business_month(night: Night) -> None:
    refused = Counter(
        (each["department_code"], each["extract_name"]) for each in events(night) if each["event"] == "refused"
    )
    # A list without headers, and one that is no table at all.
    assert refused.keys() >= {("civil_affairs", "visits"), ("public_security", "deaths")}
    rows = night.sql("select * from mart_department_scorecard where refused_files_count > 0")
    assert {(row["department_code"], row["extract_name"]): row["refused_files_count"] for row in rows} == refused
    assert {row["month"] for row in rows} == {"2025-06-01"}


def test_a_refused_file_counts_until_another_of_its_name_is_taken(fresh_settings: Path, tmp_path: Path) -> None:
    import duckdb

    def told(delivery: str, kind: str, name: str, months: list[str]) -> dict[str, Any]:
        return EVENT | {
            "event": kind,
            "delivery_id": delivery,
            "file_name": name,
            "months": months,
            "rows_by_month": dict.fromkeys(months, 1),
        }

    append(
        told("a", "refused", "一.xlsx", []),
        told("b", "refused", "二.xlsx", []),
        told("b", "refused", "三.xlsx", []),  # the same content again
        told("c", "held", "一.xlsx", ["2025-07"]),
    )
    load(tmp_path / "warehouse.duckdb", date(2025, 7, 1))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select delivery_id, status_code, report_month from raw.deliveries order by delivery_id"
        ).fetchall()
    assert found == [("b", "refused", None), ("c", "held", date(2025, 7, 1))]


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

    event = EVENT | {"received_at": received, "months": [month], "rows_by_month": {month: 1}}
    append(event | {"delivery_id": "first", "received_at": "2025-07-02T02:00:00+00:00", "months": []}, event)
    load(tmp_path / "warehouse.duckdb", date(2025, 7, 1))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select late_days_count, read_count, unmet_count, checked_ids_count from raw.deliveries"
        ).fetchall()
        columns = [row[0] for row in connection.execute("describe raw.deliveries").fetchall()]
    assert found == [(days, 3, 1, None)]
    assert not [name for name in columns if "received" in name]
