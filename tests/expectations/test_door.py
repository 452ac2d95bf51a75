"""The door: generated from the declarations, told apart by delivery, critical or warning as the thresholds say."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from expectations.door import Finding, check_deliveries
from flows.declarations import SYSTEM_COLUMNS, tables

TABLE = tables()["temporary_assistance"]
BAND = (0, 1000)
RECEIVED = datetime(2025, 7, 2, 2)
POLARS = {
    "uuid": pl.Binary,
    "varchar": pl.String,
    "date": pl.Date,
    "timestamp": pl.Datetime("us"),
    "bigint": pl.Int64,
    "decimal(18,2)": pl.Decimal(18, 2),
}


def row(place: int, delivery: str = "one", **cells: Any) -> dict[str, Any]:
    return {
        "person_key": place.to_bytes(16, "big"),
        "id_status_code": "valid",
        "hukou_area_code": "339900001001",
        "residence_area_code": "339900001001",
        "decision_date": date(2025, 6, 11),
        "grant_reason_code": "illness",
        "grant_amount_yuan": Decimal("1000.00"),
        "report_month": date(2025, 6, 1),
        "department_code": "civil_affairs",
        "delivery_id": delivery,
        "delivery_sequence": 1,
        "received_at": RECEIVED,
        "source_sheet": "Sheet1",
        "source_row_number": place + 3,
    } | cells


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema={name: POLARS[kind] for name, kind in TABLE.landed_types().items()})


def failed(*rows: dict[str, Any], band: tuple[int, int] = BAND, rejected: int = 0) -> list[tuple[str, str]]:
    found = check_deliveries(TABLE, frame(*rows), {"one": band}, {"one": rejected})
    return [(each.label, each.severity) for each in found if not each.success]


def test_what_the_declarations_ask_for_passes() -> None:
    findings = check_deliveries(TABLE, frame(*(row(place) for place in range(30))), {"one": (10, 100)})
    assert findings
    assert all(isinstance(each, Finding) and each.success for each in findings)
    labels = {each.label for each in findings}
    assert {"人员标识:必填", "救助原因:在代码表内", "救助金额:0–50000", "审批日期:1900 年至收件日"} <= labels


def test_every_landed_table_can_be_asked_empty_or_not() -> None:
    assert set(TABLE.landed_types()) > set(SYSTEM_COLUMNS)
    for each in check_deliveries(TABLE, frame(), {"one": (0, 10)}):
        assert each.success, each


@pytest.mark.parametrize(
    ("cells", "label"),
    [
        ({"person_key": None}, "人员标识:必填"),
        ({"grant_amount_yuan": None}, "救助金额:必填"),
        ({"grant_reason_code": "rain"}, "救助原因:在代码表内"),
    ],
)
def test_what_landing_promised_is_held_to_the_row(cells: dict[str, Any], label: str) -> None:
    rows = [row(place) for place in range(99)]
    assert failed(*rows, row(99, **cells)) == [(label, "critical")]


def test_an_odd_amount_warns_and_a_column_of_odd_amounts_holds() -> None:
    rows = [row(place) for place in range(99)]
    assert failed(*rows, row(99, grant_amount_yuan=Decimal(60000))) == [("救助金额:0–50000", "warning")]
    wrong_unit = [row(place, grant_amount_yuan=Decimal(10_000_000)) for place in range(20)]
    assert failed(*wrong_unit) == [("救助金额:0–50000", "critical")]


def test_a_date_after_the_delivery_came_is_found_and_a_planned_one_may_be() -> None:
    rows = [row(place) for place in range(99)]
    assert failed(*rows, row(99, decision_date=date(2025, 7, 3))) == [("审批日期:1900 年至收件日", "warning")]
    assert failed(*rows, row(99, decision_date=date(205, 6, 11))) == [("审批日期:1900 年至收件日", "warning")]
    assert tables()["custody"].column("custody_end_date").may_be_future


def test_too_few_and_too_many_rows_are_held_even_when_there_are_none() -> None:
    rows = [row(place) for place in range(5)]
    assert failed(*rows, band=(10, 100)) == [("行数:不少于声明的下限", "critical")]
    assert failed(*rows, band=(1, 4)) == [("行数:不多于声明的上限", "critical")]
    assert failed(band=(1, 4)) == [("行数:不少于声明的下限", "critical")]


def test_a_repeated_key_warns_and_a_pasted_file_holds() -> None:
    rows = [row(place) for place in range(30)]
    assert failed(*rows, row(0, grant_amount_yuan=Decimal(5))) == [("主键重复的行 ≤ 0%", "warning")]
    assert failed(*rows, *rows) == [("主键重复的行 ≤ 0%", "warning"), ("主键重复的行 ≤ 5%", "critical")]


def test_wrong_id_numbers_warn_and_a_lost_column_holds_but_a_short_list_is_never_held_for_them() -> None:
    rows = [row(place) for place in range(29)]
    wrong = {"id_status_code": "invalid"}
    assert failed(*rows, row(29, **wrong)) == [("身份证号无效的行 ≤ 2%", "warning")]
    lost = failed(*(row(place, **wrong) for place in range(30)))
    assert lost == [("身份证号无效的行 ≤ 2%", "warning"), ("身份证号无效的行 ≤ 50%", "critical")]
    assert failed(row(0, **wrong), row(1)) == []


def test_many_rejected_rows_hold_what_is_left() -> None:
    rows = [row(place) for place in range(70)]
    assert failed(*rows, rejected=1) == []
    assert failed(*rows, rejected=30) == [("退回的行 ≤ 2%", "warning"), ("退回的行 ≤ 20%", "critical")]


def test_an_optional_place_that_was_not_delivered_is_no_fault_one_that_is_often_empty_is() -> None:
    assert failed(*(row(place, hukou_area_code=None) for place in range(30))) == []
    often = [row(place, hukou_area_code=None if place % 2 else "339900001001") for place in range(30)]
    assert failed(*often) == [("可选的村社区为空的行 ≤ 10%", "warning")]


def test_one_bad_delivery_does_not_hold_another() -> None:
    good = [row(place) for place in range(30)]
    bad = [row(100 + place, delivery="two", grant_reason_code="rain") for place in range(30)]
    findings = check_deliveries(TABLE, frame(*good, *bad), {"one": BAND, "two": BAND})
    assert {each.delivery_id for each in findings if not each.success} == {"two"}
    assert {each.delivery_id for each in findings} == {"one", "two"}


def test_a_finding_says_how_many_rows_and_never_which_value() -> None:
    rows = [row(place, grant_amount_yuan=Decimal("61234.56")) for place in range(30)]
    findings = check_deliveries(TABLE, frame(*rows), {"one": BAND})
    assert "61234" not in repr(findings)
    [odd] = [each for each in findings if not each.success]
    assert odd.observed == "30 行不符"
