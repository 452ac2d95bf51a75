"""A tiny fictional inbox for the tests of landing: three streets' worth of places, files made by hand, no expectations.

Everything here is independent of the code under test: check digits are computed the long way.
"""

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from flows.ledger import current_files
from flows.settings import settings

PLACES = [
    ("339900000000", "示范区", "", "区县", "", ""),
    ("339900001000", "甲街道", "339900000000", "街道", "", ""),
    ("339900001001", "望湖社区", "339900001000", "村(社区)", "111", "望湖居委会、老码头"),
    ("339900001002", "新桥一村", "339900001000", "村(社区)", "121", ""),
    ("339900001003", "新桥二村", "339900001000", "村(社区)", "121", ""),
    ("339900001004", "绣坊桥社区", "339900001000", "村(社区)", "111", ""),
    ("339900002000", "乙镇", "339900000000", "街道", "", ""),
    ("339900002001", "石门村", "339900002000", "村(社区)", "220", ""),
    ("339900002002", "桃源村", "339900002000", "村(社区)", "220", ""),
    ("339900002003", "桃源社区", "339900002000", "村(社区)", "121", ""),
    ("339900003000", "丙乡", "339900000000", "街道", "", ""),
    ("339900003001", "石门村", "339900003000", "村(社区)", "220", ""),
]
PLACE_HEADERS = ["统计用区划代码", "名称", "上级代码", "级别", "城乡分类代码", "别名"]
GRANT_HEADERS = [
    "姓名",
    "身份证号",
    "户籍街道",
    "户籍村(社区)",
    "居住街道",
    "居住村(社区)",
    "审批日期",
    "救助原因",
    "救助金额",
]
DEATH_HEADERS = ["统计月份", "公民身份号码", "姓名", "户籍街道", "户籍村(社区)", "死亡日期", "注销日期"]

Rows = Sequence[Sequence[Any]]


def number(area: str = "339900", born: str = "19500101", serial: int = 1) -> str:
    """Return a valid 18-digit ID number of a fictional district."""
    body = f"{area}{born}{serial:03d}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]  # as GB 11643-1999 prints them
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def workbook(
    name: str,
    sheets: dict[str, Rows],
    department: str = "civil_affairs",
    merge: Sequence[Any] = (),
    inbox: Path | None = None,
) -> Path:
    """Write a workbook into the inbox; `merge` are (sheet, first row, first column, last row, last column, text)."""
    path = (inbox or settings().inbox) / department / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path)) as book:
        for sheet_name, rows in sheets.items():
            sheet = book.add_worksheet(sheet_name)
            for place, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(place, column, value, book.add_format({"num_format": "yyyy-mm-dd"}))
                    elif isinstance(value, str):
                        sheet.write_string(place, column, value)
                    elif value is not None:
                        sheet.write(place, column, value)
            for where, *cells, text in merge:
                if where == sheet_name:
                    sheet.merge_range(*cells, text)
    return path


def text_file(name: str, rows: Rows, department: str = "civil_affairs", encoding: str = "utf-8-sig") -> Path:
    """Write a CSV with CRLF into the inbox."""
    path = settings().inbox / department / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(",".join(map(str, row)) + "\r\n" for row in rows).encode(encoding))
    return path


def divisions(rows: Rows = PLACES, month: str = "2024年1月") -> Path:
    """Deliver the division table of a month."""
    sheet = [[f"统计用区划代码({month})"], PLACE_HEADERS, *rows]
    return workbook(f"区划代码{month}.xlsx", {"Sheet1": sheet}, "statistics")


def grants(rows: Rows, month: str = "2025年6月", name: str | None = None, extra: Rows = ()) -> Path:
    """Deliver temporary grants of a month: title, header, rows, and what may follow."""
    sheet = [[f"临时救助台账({month})"], GRANT_HEADERS, *rows, *extra]
    return workbook(name or f"临时救助台账{month}.xlsx", {"Sheet1": sheet})


def grant(serial: int = 1, **cells: Any) -> list[Any]:
    """Return one row of temporary grants; cells are replaced by their header."""
    person = [f"张{'一二三四五六七八九'[serial % 9]}", number(serial=serial)]
    decision = ["2025-06-11", "重大疾病", 1000 + serial]
    row = dict(zip(GRANT_HEADERS, [*person, *["甲街道", "望湖社区"] * 2, *decision], strict=True))
    return list((row | cells).values())


def landed(table: str) -> pl.DataFrame:
    """Return the current rows of a landed table."""
    files = current_files(table)
    return pl.concat([pl.read_parquet(file) for file in files]).sort(
        "report_month", "source_sheet", "source_row_number"
    )


def rejected() -> pl.DataFrame:
    """Return every line of every correction list."""
    files = sorted(settings().rejected.glob("*.parquet"))
    return pl.concat([pl.read_parquet(file) for file in files])


def open_door(monkeypatch: pytest.MonkeyPatch, failing: Sequence[str] = ()) -> None:
    """Let everything through the door but deliveries of these extracts: Great Expectations takes seconds to import."""

    def check_deliveries(table: Any, frame: Any, bands: Any, rejected: Any = None) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(
                delivery_id=name,
                expectation="fake",
                label="行数在范围内",
                severity="critical",
                success=name.split(".")[1] not in failing,
                observed="",
            )
            for name in bands
        ]

    door = ModuleType("expectations.door")
    door.check_deliveries = check_deliveries  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "expectations.door", door)
