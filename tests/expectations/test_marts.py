"""The gate before publishing: each question passes on marts that agree, and says where they do not."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from expectations.marts import QUESTIONS, check_marts
from expectations.suite import Verdict
from tests.published import write_database

STREETS = {"339900001000": 60, "339900002000": 40}
MONTHS = (date(2025, 5, 1), date(2025, 6, 1))


def coverage(recipients: dict[str, int] | None = None) -> list[dict[str, Any]]:
    """Return two months of one district with two streets; `recipients` replaces the streets' of the second."""
    rows = []
    for month in MONTHS:
        streets = recipients if recipients and month == MONTHS[1] else STREETS
        cells = [("339900000000", None, "district", sum(streets.values()))]
        cells += [(code, "339900000000", "street", count) for code, count in streets.items()]
        rows += [
            {
                "area_code": code,
                "parent_area_code": parent,
                "level_code": level,
                "month": month,
                "programme_code": "dibao",
                "basis_code": "hukou",
                "recipients_count": count,
                "transfer_share": 0.5,
            }
            for code, parent, level, count in cells
        ]
    return rows


def tables() -> dict[str, list[dict[str, Any]]]:
    balance = {
        "level_code": "street",
        "month": MONTHS[1],
        "theil_t": 0.3,
        "theil_t_between": 0.1,
        "theil_t_within": 0.2,
    }
    return {
        "mart_coverage": coverage(),
        "mart_balance": [balance],
        "mart_regional_gap": [{"indicator_code": "coverage", "unit": "share", "value": value} for value in (0.0, 0.01)],
        "fct_payments": [
            {"programme_code": "dibao", "payment_month": MONTHS[1], "paid_amount_yuan": 1000, "is_successful": True}
        ],
        "fct_funds": [{"programme_code": "dibao", "month": MONTHS[1], "fund_amount_yuan": 1020}],
        "fct_case_events": [{"event_date": MONTHS[1], "begun_date": MONTHS[0], "elapsed_day_count": 15}],
        "mart_match_quality": [
            {"table_name": "all", "tier_code": "C", "status": "ok", "precision_share": 0.97, "reviewed_share": 0.2}
        ],
    }


def asked(folder: Path, changed: dict[str, list[dict[str, Any]]] | None = None) -> dict[str, Verdict]:
    database = write_database(folder / "warehouse.duckdb", tables() | (changed or {}))
    return {verdict.label: verdict for verdict in check_marts(database)}


def test_marts_that_agree_pass_every_question(tmp_path: Path) -> None:
    verdicts = asked(tmp_path)
    assert len(verdicts) == len(QUESTIONS) + 1
    assert [verdict.label for verdict in verdicts.values() if not verdict.success] == []
    assert all(verdict.reason for verdict in verdicts.values())


@pytest.mark.parametrize(
    ("table", "rows", "label", "stops", "place"),
    [
        (
            "mart_match_quality",
            [{"table_name": "all", "tier_code": "C", "status": "ok", "precision_share": 0.9, "reviewed_share": 0.2}],
            "比对准确率 ≥ 0.95(按复核)",
            False,
            "C",
        ),
        (
            "mart_balance",
            [
                {
                    "level_code": "street",
                    "month": MONTHS[1],
                    "theil_t": 0.3,
                    "theil_t_between": 0.1,
                    "theil_t_within": 0.1,
                }
            ],
            "泰尔指数 = 区间 + 区内",
            True,
            "street 2025-06-01",
        ),
        (
            "mart_coverage",
            [row | ({"recipients_count": 99} if row["level_code"] == "district" else {}) for row in coverage()],
            "下一级合计 = 上一级(人数)",
            True,
            "339900000000 2025-05-01 dibao hukou",
        ),
        ("mart_coverage", coverage({"339900001000": 30}), "最近一月人数与上月之比 0.5–2", True, "2025-06-01 dibao"),
        ("mart_coverage", coverage({"339900001000": 85}), "人数与上月之比 0.9–1.1", False, "2025-06-01 dibao"),
        (
            "mart_coverage",
            [row | {"transfer_share": 1.2} for row in coverage()],
            "比例都在 0–1 之间",
            True,
            "mart_coverage.transfer_share",
        ),
        (
            "mart_regional_gap",
            [{"indicator_code": "coverage", "unit": "share", "value": -0.1}],
            "比例都在 0–1 之间",
            True,
            "mart_regional_gap.coverage",
        ),
        (
            "fct_funds",
            [{"programme_code": "dibao", "month": MONTHS[1], "fund_amount_yuan": 0.1}],
            "发放成功额与财政拨付之比 0.2–5",
            True,
            "2025-06-01 dibao",
        ),
        (
            "fct_funds",
            [{"programme_code": "dibao", "month": MONTHS[1], "fund_amount_yuan": 1300}],
            "发放成功额与财政拨付之比 0.9–1.1",
            False,
            "2025-06-01 dibao",
        ),
        (
            "fct_case_events",
            [
                {"event_date": MONTHS[1], "begun_date": MONTHS[0], "elapsed_day_count": 15},
                {"event_date": date(2027, 1, 4), "begun_date": MONTHS[0], "elapsed_day_count": None},
            ],
            "办件日期都在工作日历之内",
            False,
            "2027",
        ),
    ],
)
def test_what_does_not_agree_is_named_with_its_place(
    tmp_path: Path, table: str, rows: list[dict[str, Any]], label: str, stops: bool, place: str
) -> None:
    verdict = asked(tmp_path, {table: rows})[label]
    assert not verdict.success
    assert verdict.stops is stops
    assert place in verdict.observed


def test_a_month_without_a_roster_is_not_held_against_the_months_beside_it(tmp_path: Path) -> None:
    rows = [row | ({"recipients_count": None} if row["month"] == MONTHS[1] else {}) for row in coverage()]
    verdicts = asked(tmp_path, {"mart_coverage": rows})
    assert not any(verdict.stops for verdict in verdicts.values())
    assert verdicts["最近一月人数与上月之比 0.5–2"].observed == "没有可比的数"
