"""The quality page: complete, self-contained, Chinese, and without a value of any row."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from expectations.suite import Verdict
from flows.ledger import append, ledger
from flows.quality import Gate, Run, collect, delivery_table, door, render
from flows.settings import settings

NOW = datetime(2025, 8, 10, 2, tzinfo=UTC)
FOUND = {
    "expectation": "x",
    "label": "行数:不少于声明的下限",
    "severity": "critical",
    "success": False,
    "observed": "9 行",
}
MET = FOUND | {"success": True, "observed": "2051 行"}


def event(
    extract: str, *months: str, kind: str = "landed", department: str = "civil_affairs", **more: Any
) -> dict[str, Any]:
    place = f"{department}.{extract}.{'-'.join(months) or 'x'}.{kind}"
    return {
        "event": kind,
        "delivery_id": place,
        "delivery_sequence": 1,
        "department_code": department,
        "extract_name": extract,
        "table_name": "visits" if extract == "visits" else "roster_members",
        "file_name": f"{extract}{'-'.join(months)}.xlsx",
        "content_hash": place,
        "received_at": "2025-07-02T02:00:00+00:00",
        "months": list(months),
        "rows_by_month": dict.fromkeys(months, 100),
        "rows_read": 110,
        "rows_good": 100,
        "rows_rejected": 4,
        "rows_skipped": {"title": 1, "blank": 2, "footer": 2, "duplicate": 1},
        "warnings": [],
        "findings": [MET],
        "reason": None,
    } | more


@pytest.fixture
def night(fresh_settings: Path) -> list[dict[str, Any]]:
    events = [
        event("dibao_members", "2025-04"),
        event("dibao_members", "2025-05", kind="held", findings=[FOUND], reason="低保花名册: 没有通过收件检查"),
        event("dibao_members", "2025-06", warnings=["金额的单位可疑", "证号校验码不对(5 行)"]),
        event("visits", "2025-04"),
        event("visits", "2025-06"),
        event("visits", "2025-07", received_at="2025-08-14T02:00:00+00:00"),
        event("", kind="refused", department="unknown", findings=[], reason="杂项.docx: 不在任何部门的文件夹里"),
    ]
    append(*events)
    settings().rejected.mkdir(parents=True)
    pl.DataFrame(
        {
            "reason": ["居住地在区划代码表里找不到"] * 4 + ["证号校验码不对"] * 5,
            "taken": ["未收"] * 4 + ["已收,待更正"] * 5,
        }
    ).write_parquet(settings().rejected / f"{events[2]['delivery_id']}.parquet")
    return events


def page(events: list[dict[str, Any]], **more: Any) -> str:
    gates = [door(events), Gate("审核", "合计", [Verdict("与上月相比", "warning", False, "2025-06 低保 +31%", "少见")])]
    run = Run("20250810T020000Z-abcdef", date(2025, 6, 1), NOW, NOW, gates, events, **more)
    return render(run)


class Words(HTMLParser):
    """The words of a page, and every address it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.loads += [str(value) for name, value in attributes if name in ("src", "href", "srcset", "data")]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def words(html: str) -> str:
    reader = Words()
    reader.feed(html)
    assert reader.loads == []
    return " ".join(filter(None, reader.words))


def test_the_page_loads_nothing_and_is_chinese(night: list[dict[str, Any]]) -> None:
    html = page(night)
    words(html)
    assert not re.search(r"https?:|@import|url\(|<script|<link", html)
    assert '<html lang="zh-CN">' in html


def test_every_delivery_stands_there_with_its_rows_and_reasons(night: list[dict[str, Any]]) -> None:
    text = words(page(night))
    for each in night[:6]:
        assert each["file_name"] in text
    assert "退回 4 行:居住地在区划代码表里找不到" in text
    assert "金额的单位可疑" in text
    assert "行数:不少于声明的下限:9 行" in text


def test_held_unknown_and_missing_are_listed(night: list[dict[str, Any]]) -> None:
    text = words(page(night))
    assert "低保花名册: 没有通过收件检查" in text
    assert "杂项.docx: 不在任何部门的文件夹里" in text
    assert "2025-05 (扣下)" in text.replace("2025-05(", "2025-05 (")
    assert re.search(r"走访记录 每月 2025-05 ", text)


def test_rows_to_be_corrected_are_counted_not_repeated(night: list[dict[str, Any]]) -> None:
    reports, _ = collect(night, NOW)
    [report] = [each for each in reports if each.extract.name == "dibao_members"]
    latest = report.deliveries[0]
    assert (latest.to_correct, latest.warnings) == (5, ["金额的单位可疑"])
    assert report.span == "2025-04–2025-06"
    assert (report.total("rows_read"), report.skipped) == (330, 18)


def test_how_well_an_extract_can_be_matched_is_told_never_rounded_up_to_perfect(fresh_settings: Path) -> None:
    counted = {"ids_checked": 1000, "ids_valid": 1000, "areas_matched": 0, "areas_unresolved": 0}
    append(
        event("dibao_members", "2025-04"),  # taken in before these were counted
        event("dibao_members", "2025-05", **counted | {"ids_valid": 999}),
        event("dibao_members", "2025-06", **counted | {"ids_checked": 9000, "ids_valid": 9000}),
        event("visits", "2025-06", **counted | {"ids_checked": 0, "areas_matched": 3, "areas_unresolved": 1}),
    )
    reports, _ = collect(ledger(), NOW)
    found = {report.extract.name: (report.valid_ids, report.matched_areas) for report in reports if report.deliveries}
    assert found == {"dibao_members": ("99.9%", "–"), "visits": ("–", "75.0%")}


def test_back_fill_is_not_late_and_what_is_late_says_by_how_much(night: list[dict[str, Any]]) -> None:
    reports, _ = collect(night, NOW)
    [visits] = [each for each in reports if each.extract.name == "visits"]
    assert [each.lateness for each in visits.deliveries] == ["迟 4 天", "补录", "补录"]
    assert visits.late == 1


def test_a_held_month_that_came_again_or_was_withdrawn_no_longer_counts(night: list[dict[str, Any]]) -> None:
    again = event("dibao_members", "2025-05") | {"delivery_sequence": 9}
    reports, lost = collect([*night, again], NOW)
    [report] = [each for each in reports if each.extract.name == "dibao_members"]
    assert [each.event["event"] for each in report.deliveries] == ["landed"] * 3
    assert not [each for each in lost if each.extract == "dibao_members" and each.month == "2025-05"]
    withdrawn = {**night[4], "event": "withdrawn"}
    reports, lost = collect([*night, withdrawn], NOW)
    assert ("visits", "2025-06") in [(each.extract, each.month) for each in lost]


def test_gates_are_told_apart_passed_warned_and_refused(night: list[dict[str, Any]]) -> None:
    text = words(page(night))
    assert "已发布" in text
    assert "2025-06 低保 +31%" in text
    text = words(page(night, refusal="mart_coverage: 合计对不上"))
    assert "没有发布" in text
    assert "合计对不上" in text


def test_text_from_departments_cannot_write_the_page(night: list[dict[str, Any]]) -> None:
    hostile = event("visits", "2025-08", file_name="<script>alert(1)</script>.xlsx")
    append(hostile)
    assert "<script>" not in page([*night, hostile])


def test_the_table_for_prefect_has_a_row_a_delivery(night: list[dict[str, Any]]) -> None:
    rows = delivery_table(night)
    assert len(rows) == len(night)
    assert rows[0] == {
        "部门": "民政局",
        "报表": "低保家庭成员",
        "月份": "2025-04",
        "结果": "已收",
        "读入": 110,
        "采用": 100,
        "退回": 4,
        "未达要求": 0,
    }
