"""The correction list that goes back to a department: file, sheet, row, column, reason, what to do.

Without a reason it holds no value of any cell. With one, the values are read back from the archive,
and who asked for which deliveries, when and why is logged beside the vault.
"""

import getpass
import json
import os
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.declarations import Department, departments
from flows.errors import SettingsError
from flows.ledger import standing
from flows.settings import settings
from flows.spreadsheet import page, width, workbook

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Row = dict[str, Any]
Event = dict[str, Any]

# (key, heading, narrowest width)
COLUMNS = (
    ("extract", "报表", 14),
    ("file_name", "文件", 20),
    ("sheet", "工作表", 10),
    ("row_number", "行", 7),
    ("column", "列", 14),
    ("value", "原值", 20),
    ("reason", "问题", 30),
    ("advice", "怎么改", 36),
    ("taken", "这一行", 10),
)
HEAD = {"bold": True, "border": 1, "bg_color": "#DCE6F1", "align": "center"}
CELL = {"border": 1, "border_color": "#D9D9D9", "valign": "top", "text_wrap": True}


def write(department: str | None = None, reason: str | None = None, folder: Path | None = None) -> dict[Path, int]:
    """Write a correction list a department and return each file with its number of lines.

    `department` is a code or a label; `folder` defaults to `corrections` in the data folder.
    """
    if reason is not None and not reason.strip():
        raise SettingsError("--reason 不能为空;请写明为什么要看原值")
    chosen = _chosen(department)
    place = (folder or settings().data / "corrections").expanduser().resolve()
    if settings().releases == place or settings().releases in place.parents:
        raise SettingsError(f"{place}: 已发布的文件夹不得改动;请把 --out 指到别处")
    if place.exists() and not place.is_dir():
        raise SettingsError(f"{place}: 是一个文件;请把 --out 指到文件夹")
    events = standing()
    written: dict[Path, int] = {}
    for each in chosen:
        own = [event for event in events if event["department_code"] == each.department]
        lines, refused = _lines(each, own), _refused(each, own)
        if not lines and not refused:
            continue
        if reason:
            _add_values(lines, own)
            _log(reason.strip(), each, lines)
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = place / f"更正清单_{each.label}.xlsx"
        _write(path, each, lines, refused, with_values=bool(reason))
        written[path] = len(lines) + len(refused)
    return written


def _chosen(name: str | None) -> list[Department]:
    known = departments()
    if name is None:
        return list(known.values())
    for department in known.values():
        if name in (department.department, department.label):
            return [department]
    listed = "、".join(f"{each.department}({each.label})" for each in known.values())
    raise SettingsError(f"--department {name}: 没有这个部门;现有 {listed}")


def _lines(department: Department, events: list[Event]) -> list[Row]:
    import polars as pl

    labels = {extract.name: extract.label for extract in department.extracts}
    lines = []
    for event in events:
        path = settings().rejected / f"{event['delivery_id']}.parquet"
        if not path.is_file():
            continue
        for row in pl.read_parquet(path).sort("file_name", "sheet", "row_number", "column", nulls_last=True).to_dicts():
            extract = labels.get(event["extract_name"], event["extract_name"])
            lines.append(row | {"extract": extract, "delivery_id": event["delivery_id"]})
    return lines


def _refused(department: Department, events: list[Event]) -> list[Row]:
    labels = {extract.name: extract.label for extract in department.extracts}
    return [
        {
            "extract": labels.get(event["extract_name"], event["extract_name"]),
            "file_name": event.get("file_name"),
            "reason": event.get("reason"),
        }
        for event in events
        if event["event"] in ("held", "refused")
    ]


def _add_values(lines: list[Row], events: list[Event]) -> None:
    from flows.originals import values

    for event in events:
        own = [line for line in lines if line["delivery_id"] == event["delivery_id"]]
        places = [(line["sheet"], line["row_number"], line["column"]) for line in own]
        for line, value in zip(own, values(event, places) if own else [], strict=True):
            line["value"] = value


def _log(reason: str, department: Department, lines: list[Row]) -> None:
    counts: dict[str, int] = defaultdict(int)
    for line in lines:
        counts[line["delivery_id"]] += 1
    entry = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "user": getpass.getuser(),
        "command": "rejects",
        "department_code": department.department,
        "reason": reason,
        "rows_by_delivery": dict(sorted(counts.items())),
    }
    log = settings().vault.parent / "access.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Appended, never rewritten; for its owner only.
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _write(path: Path, department: Department, lines: list[Row], refused: list[Row], with_values: bool) -> None:
    with workbook(path, f"更正清单 {department.label}") as book:
        head, cell = book.add_format(HEAD), book.add_format(CELL)
        title = book.add_format({"bold": True, "font_size": 14})
        note = book.add_format({"font_color": "#C00000"})
        columns = [column for column in COLUMNS if with_values or column[0] != "value"]
        sheet = book.add_worksheet("逐行更正")
        sheet.write(0, 0, f"{department.label} · 更正清单(共 {len(lines)} 处)", title)
        warning = "含个人信息:只给经办人,用完即删。" if with_values else "不含原值;请对照原文件的行号更正后整份重报。"
        sheet.write(1, 0, warning, note)
        _table(sheet, 2, columns, lines, head, cell)
        if refused:
            sheet = book.add_worksheet("整份退回")
            sheet.write(0, 0, f"{department.label} · 未能采用的文件(共 {len(refused)} 份)", title)
            columns = [column for column in COLUMNS if column[0] in ("extract", "file_name", "reason")]
            _table(sheet, 2, columns, refused, head, cell)
    path.chmod(0o600)


def _table(
    sheet: "Worksheet", top: int, columns: list[tuple[str, str, int]], rows: list[Row], head: Any, cell: Any
) -> None:
    for place, (key, heading, narrowest) in enumerate(columns):
        sheet.write(top, place, heading, head)
        words = [str(row.get(key) or "") for row in rows]
        sheet.set_column(place, place, min(60, max([narrowest, *(width(word) + 2 for word in words)])))
        for line, row in enumerate(rows, start=top + 1):
            value = row.get(key)
            if isinstance(value, int):
                sheet.write_number(line, place, value, cell)
            else:
                sheet.write_string(line, place, str(value or ""), cell)
    sheet.autofilter(top, 0, top + max(1, len(rows)), len(columns) - 1)
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    page(sheet)
