"""Reads delivered files back without the pipeline: what a person with Excel and a notepad would see."""

import csv
import io
import re
import sqlite3
from datetime import date, timedelta
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import fastexcel
import polars as pl

from flows.declarations import Extract, extracts

FOOTERS = ("合计", "制表人")


def extract_named(name: str) -> Extract:
    return next(extract for _, extract, _ in extracts() if extract.name == name)


def department_of(name: str) -> str:
    return next(department.department for department, extract, _ in extracts() if extract.name == name)


def files_of(inbox: Path, name: str) -> list[Path]:
    pattern = extract_named(name).files
    assert pattern is not None
    return sorted((inbox / department_of(name)).glob(pattern))


def text_of(path: Path) -> tuple[str, str]:
    """Return a CSV's text and its encoding."""
    raw = path.read_bytes()
    encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "gb18030"
    return raw.decode(encoding), encoding


@cache
def sheets_of(path: Path) -> dict[str, list[list[str]]]:
    """Return every sheet as rows of texts, as they stand."""
    book = fastexcel.read_excel(path)
    return {
        name: [
            ["" if cell is None else cell for cell in row]
            for row in book.load_sheet(name, header_row=None, dtypes="string").to_polars().rows()
        ]
        for name in book.sheet_names
    }


def header_of(rows: list[list[str]], extract: Extract) -> tuple[int, list[str]]:
    """Return the first row of data and the delivered name of each column; every header must be declared."""
    known = {header: name for name, seen in extract.columns.items() for header in seen}
    for at, upper in enumerate(rows[:4]):
        if sum(bool(cell) for cell in upper) < 2:
            continue
        if all(cell in known for cell in upper):
            return at + 1, [known[cell] for cell in upper]
        lower, tops = rows[at + 1], []
        for top, bottom in zip(upper, lower, strict=True):
            tops.append(top or (tops[-1] if bottom else ""))
        spelled = [f"{top}/{bottom}" if bottom else top for top, bottom in zip(tops, lower, strict=True)]
        return at + 2, [known[header] for header in spelled]
    raise AssertionError(f"{extract.name}: no header")


def read(inbox: Path, name: str) -> pl.DataFrame:
    """Return all rows of an extract by delivered name, as texts, with `file`, `sheet` and `title`."""
    extract = extract_named(name)
    frames = []
    if extract.reader == "database":
        with sqlite3.connect(inbox / "medical_insurance" / "settlements.sqlite") as connection:
            cursor = connection.execute(extract.query or "")
            columns = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
        known = {header: delivered for delivered, seen in extract.columns.items() for header in seen}
        return pl.DataFrame(rows, schema=[known[column] for column in columns], orient="row", infer_schema_length=None)
    for path in files_of(inbox, name):
        if extract.reader == "csv":
            lines = list(csv.reader(io.StringIO(text_of(path)[0])))
            start, names = header_of(lines, extract)
            frames.append(_frame(lines[start:], names, path, "", ""))
            continue
        for sheet, rows in sheets_of(path).items():
            if any(fnmatch(sheet, pattern) for pattern in extract.sheets):
                start, names = header_of(rows, extract)
                body = [row for row in rows[start:] if not row[0].startswith(FOOTERS)]
                frames.append(_frame(body, names, path, sheet, "".join(cell for row in rows[:2] for cell in row)))
    return pl.concat(frames)


def _frame(rows: list[list[str]], names: list[str], path: Path, sheet: str, title: str) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    frame = frame.select(sorted(names))
    return frame.with_columns(file=pl.lit(path.name), sheet=pl.lit(sheet), title=pl.lit(title))


def month_of(text: str) -> str:
    """Return 2025-06 from a title, 2025年6月, 202506 or 2025-06."""
    found = re.search(r"(20\d\d)\D?(\d{1,2})", text)
    assert found, text
    return f"{found[1]}-{int(found[2]):02d}"


def date_of(text: str) -> date | None:
    """Return a day from any way the offices write it; None where it is blank."""
    if not text:
        return None
    if re.fullmatch(r"\d{4,5}", text):
        return date(1899, 12, 30) + timedelta(days=int(text))
    parts = re.findall(r"\d+", text) if len(text) != 8 else [text[:4], text[4:6], text[6:]]
    return date(*(int(part) for part in parts[:3]))
