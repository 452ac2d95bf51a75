"""Holds one file against its declaration without taking it: a department can check before it sends.

Nothing is archived, keyed or kept; villages are looked up in the division table that has been landed, if any.
"""

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel

from flows.archive import content_of
from flows.areas import Areas, load_areas
from flows.declarations import Department, Extract, Table, extracts, tables
from flows.delivery import Context, Delivery, correction_lines, hold, refine
from flows.errors import DeliveryError, SettingsError
from flows.excel import Workbooks
from flows.keys import throwaway_keys
from flows.read import read
from flows.receive import Pending
from flows.vault import PEOPLE

CLEAN, FINDINGS, REFUSED = 0, 1, 2
VERDICTS = {CLEAN: "可以报送", FINDINGS: "可用,但有问题", REFUSED: "不能收"}
SUFFIXES = {"csv": (".csv", ".txt", ".tsv"), "excel": (".xlsx", ".xls", ".xlsm", ".xlsb", ".et")}
NO_AREAS = "还没有收到区划代码表,村(社区)名称没有核对"

Candidate = tuple[Department, Extract, Table]


class Reject(BaseModel):
    """One cell to correct; `taken` says whether its row counts nevertheless."""

    sheet: str
    row: int
    column: str
    reason: str
    advice: str
    taken: str


class CheckReport(BaseModel):
    """What one file is worth as one extract; `also` holds the other extracts of the same workbook."""

    file_name: str
    verdict: str = ""
    exit_code: int = REFUSED
    extract: str | None = None
    extract_label: str | None = None
    department: str | None = None
    table: str | None = None
    months: list[str] = []
    encoding: str | None = None
    sheets: list[str] = []
    header_rows: dict[str, int] = {}
    mapped: dict[str, str] = {}
    unknown_headers: list[str] = []
    rows_read: int = 0
    rows_good: int = 0
    rows_rejected: int = 0
    rows_skipped: dict[str, int] = {}
    rejects: list[Reject] = []
    warnings: list[str] = []
    findings: list[dict[str, Any]] = []
    reason: str | None = None
    also: list["CheckReport"] = []


def check_file(path: Path, table: str | None = None) -> CheckReport:
    """Return what a file is worth, as the extract its name or else its headers say, or as `table`.

    The exit code is 0 clean, 1 usable with findings, 2 refused. Raise SettingsError for an unknown table.
    """
    named, alike = _candidates(path, table)
    with Workbooks() as workbooks:
        reports = [_check(path, candidate, workbooks) for candidate in named]
        if not named:
            reports = _best([_look(path, candidate, workbooks) for candidate in alike], path, workbooks)
    if not reports:
        raise DeliveryError(f"{path.name}: 不像任何一份声明过的报表;请核对文件,或用 --as 指定表名")
    first, *others = reports
    first.also = others
    first.exit_code = max(each.exit_code for each in reports)
    first.verdict = VERDICTS[first.exit_code]
    return first


def _candidates(path: Path, table: str | None) -> tuple[list[Candidate], list[Candidate]]:
    """Return the extracts that take a file of this name, and all that could be read from a file of this kind."""
    if table is not None and table not in tables():
        raise SettingsError(f"--as {table}: 没有这张表;可用 {'、'.join(sorted(tables()))}")
    kinds = [reader for reader, suffixes in SUFFIXES.items() if path.suffix.lower() in suffixes] or list(SUFFIXES)
    every = [each for each in extracts() if each[1].reader in kinds and table in (None, each[1].table)]
    named = [each for each in every if each[1].files and fnmatchcase(path.name, each[1].files)]
    # In a department's own folder its declaration comes first.
    own = [each for each in named if each[0].department == path.resolve().parent.name]
    return own or named, every


def _look(path: Path, candidate: Candidate, workbooks: Workbooks) -> tuple[int, Candidate]:
    _, extract, table = candidate
    try:
        return len(read(path, path.name, extract, table, workbooks).mapped), candidate
    except DeliveryError:
        return 0, candidate


def _best(looks: list[tuple[int, Candidate]], path: Path, workbooks: Workbooks) -> list[CheckReport]:
    most = max((count for count, _ in looks), default=0)
    best = [candidate for count, candidate in looks if count == most and most > 0]
    if not best:
        return []
    report = _check(path, best[0], workbooks)
    department, extract, _ = best[0]
    others = "、".join(other.label for _, other, _ in best[1:])
    note = f"文件名不合任何报表,按表头看像{department.label}的{extract.label}" + (f",也像{others}" if others else "")
    report.warnings.insert(0, f"{note};报送时请按 {extract.files} 命名")
    report.exit_code = max(report.exit_code, FINDINGS)
    return [report]


def _check(path: Path, candidate: Candidate, workbooks: Workbooks) -> CheckReport:
    department, extract, table = candidate
    pending = Pending(department.department, extract.name, table.name, path.name, content_of(path), path)
    delivery = Delivery(pending, sequence=1)
    report = CheckReport(
        file_name=path.name,
        extract=extract.name,
        extract_label=extract.label,
        department=department.department,
        table=table.name,
    )
    try:
        reading = delivery.reading = read(path, path.name, extract, table, workbooks)
    except DeliveryError as error:
        report.reason, report.verdict = str(error), VERDICTS[REFUSED]
        return report
    has_areas = any(column.from_ for column in table.columns)
    areas = load_areas() if has_areas else Areas.nothing()
    if has_areas and not areas.is_known:
        areas = Areas.unchecked()
        delivery.warnings.append(NO_AREAS)
    key = throwaway_keys().pseudonym
    context = Context(areas, key, datetime.now(UTC), pl.DataFrame(schema=PEOPLE), lambda department, extract: {})
    hold(table, refine(table, [delivery], context), [delivery])
    lines = correction_lines(delivery)
    report.rejects = [
        Reject(row=line.pop("row_number"), **{name: line[name] or "" for name in Reject.model_fields if name in line})
        for line in lines.to_dicts()
    ]
    report.months = list(delivery.rows_by_month)
    report.encoding, report.sheets, report.header_rows = reading.encoding, reading.sheets, reading.header_rows
    report.mapped, report.unknown_headers = reading.mapped, reading.unknown_headers
    report.rows_read, report.rows_skipped = reading.rows_read, reading.rows_skipped
    report.rows_good, report.rows_rejected = delivery.rows_good, delivery.rows_rejected
    report.warnings, report.findings = [*reading.warnings, *delivery.warnings], delivery.findings
    failed = [finding for finding in delivery.findings if not finding["success"]]
    report.exit_code = (
        REFUSED if delivery.failures else FINDINGS if failed or report.warnings or report.rejects else CLEAN
    )
    report.verdict = VERDICTS[report.exit_code]
    if delivery.failures:
        report.reason = f"{path.name}: 没有通过收件检查({'、'.join(delivery.failures)});请更正后再报"
    return report
