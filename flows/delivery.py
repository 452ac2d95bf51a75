"""One delivery on its way: read, conformed, identified and held against the expectations. Nothing is written here.

`land` keeps what comes out; `check` only looks at it.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from flows.areas import Areas
from flows.conform import PROBLEM, conform
from flows.declarations import Table
from flows.errors import BuildError
from flows.identify import VALID, identify, landed
from flows.read import SKIPPED, Reading
from flows.receive import Pending

REJECTED = ("file_name", "sheet", "row_number", "column", "reason_code", "reason", "advice", "taken")
TAKEN, NOT_TAKEN = "已收,待更正", "未收"
SHOWN = ("expectation", "label", "severity", "success", "observed")


@dataclass
class Delivery:
    """A pending file with what was read from it and all that is to be said about it."""

    pending: Pending
    sequence: int
    reading: Reading | None = None
    refusal: str | None = None
    is_recorded: bool = True  # False: to be looked at again next night
    rows_good: int = 0
    rows_by_month: dict[str, int] = field(default_factory=dict)
    ids_checked: int = 0  # rows that a person should be told by
    ids_valid: int = 0
    areas_matched: int = 0  # cells that name a place, resolved
    problems: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PROBLEM))
    warnings: list[str] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    medians: dict[str, float] = field(default_factory=dict)

    @property
    def delivery_id(self) -> str:
        """Return the delivery's own name."""
        return self.pending.delivery_id

    @property
    def rows_skipped(self) -> dict[str, int]:
        """Return how many rows were no data, by what they are."""
        return self.reading.rows_skipped if self.reading else dict.fromkeys(SKIPPED, 0)

    @property
    def rejects_by_reason(self) -> dict[str, int]:
        """Return how many rows were rejected, each counted once, by its first reason."""
        fatal = self.problems.filter("is_fatal").unique(["sheet", "row_number"], keep="first", maintain_order=True)
        return dict(sorted(fatal.group_by("reason_code").len().iter_rows()))

    @property
    def rows_rejected(self) -> int:
        """Return how many rows cannot be used at all."""
        return sum(self.rejects_by_reason.values())

    @property
    def areas_unresolved(self) -> int:
        """Return how many cells name a place that nobody could resolve."""
        return self.problems.filter(pl.col("reason_code") == "area_unknown").height

    @property
    def failures(self) -> list[str]:
        """Return the labels of the critical expectations that failed: one is enough to hold the delivery back."""
        return [each["label"] for each in self.findings if each["severity"] == "critical" and not each["success"]]


@dataclass(frozen=True)
class Context:
    """What deliveries are refined against."""

    areas: Areas
    key: bytes
    now: datetime  # UTC
    known: pl.DataFrame  # who the vault knows
    usual: Callable[[str, str], dict[str, list[float]]]  # (department, extract) → column → medians landed before


def refine(table: Table, deliveries: list[Delivery], context: Context) -> pl.DataFrame:
    """Return the rows of a table's read deliveries, identified, in their order; note in each what is to be said.

    Raise BuildError where rows read are not good + rejected + skipped: then the program is wrong, not the file.
    """
    by_extract: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
    for each in deliveries:
        by_extract[each.pending.department, each.pending.extract].append(each)
    parts, problems = [], []
    months: dict[str, set[str]] = {each.delivery_id: _months(each) for each in deliveries}
    for (department, extract), group in by_extract.items():
        usual = context.usual(department, extract)
        done = conform(_together(group), group[0].pending.declaration, table, context.areas, usual)
        parts.append(done.good.with_columns(pl.lit(department).alias("department_code")))
        problems.append(done.problems)
        for delivery_id, month in done.months.iter_rows():
            months[delivery_id] |= {month_of(month)} if month else set()
        for each in group:
            each.warnings += done.warnings.get(each.delivery_id, [])
            each.medians |= done.medians.get(each.delivery_id, {})
    sequences = {each.delivery_id: each.sequence for each in deliveries}
    good = pl.concat(parts, how="diagonal").with_columns(
        pl.col("delivery_id").replace_strict(sequences, return_dtype=pl.Int64).alias("delivery_sequence"),
        pl.lit(context.now.astimezone(UTC).replace(tzinfo=None)).alias("received_at"),
        pl.col("sheet").alias("source_sheet"),
        pl.col("row_number").alias("source_row_number"),
    )
    good = good.sort("delivery_sequence", maintain_order=True)
    identified = identify(good, table, context.key, context.now.date(), context.known)
    listed = pl.concat([*problems, identified.problems]).partition_by("delivery_id", as_dict=True)
    counts = identified.rows.group_by("delivery_id", "report_month").len()
    known = _known(identified.rows, table)
    good_by_month: dict[str, dict[str, int]] = defaultdict(dict)
    for delivery_id, month, count in counts.iter_rows():
        good_by_month[delivery_id][month_of(month)] = count
    for each in deliveries:
        each.problems = listed.get((each.delivery_id,), each.problems)
        each.warnings += _sentences(each.problems)
        found = good_by_month[each.delivery_id]
        each.rows_good = sum(found.values())
        each.ids_checked, each.ids_valid, each.areas_matched = known.get(each.delivery_id, (0, 0, 0))
        each.rows_by_month = {month: found.get(month, 0) for month in sorted(months[each.delivery_id] | set(found))}
        _account(each)
    return identified.rows


def hold(table: Table, rows: pl.DataFrame, deliveries: list[Delivery]) -> None:
    """Hold the landed form of the rows against the table's expectations and note the findings in each delivery."""
    from expectations.door import check_deliveries

    bands = {each.delivery_id: each.pending.declaration.rows for each in deliveries}
    by_id = {each.delivery_id: each for each in deliveries}
    rejected = {each.delivery_id: each.rows_rejected for each in deliveries}
    for finding in check_deliveries(table, landed(rows, table), bands, rejected):
        by_id[finding.delivery_id].findings.append({name: getattr(finding, name) for name in SHOWN})


def correction_lines(each: Delivery) -> pl.DataFrame:
    """Return what is to be corrected in a delivery: where, why, how, and whether the row was taken; no value."""
    fatal = each.problems.filter("is_fatal").select("sheet", "row_number").unique()
    return (
        each.problems.join(fatal.with_columns(pl.lit(NOT_TAKEN).alias("taken")), on=["sheet", "row_number"], how="left")
        .with_columns(pl.col("taken").fill_null(TAKEN), pl.lit(each.pending.file_name).alias("file_name"))
        .sort("sheet", "row_number", "column")
        .select(REJECTED)
    )


def month_of(value: date | None) -> str:
    """Return a month as folders and the ledger name it: YYYY-MM, or `all`."""
    return f"{value:%Y-%m}" if value else "all"


def _known(rows: pl.DataFrame, table: Table) -> dict[str, tuple[int, int, int]]:
    """Return a delivery's rows of persons, those with a valid ID number, and its cells with a known place."""
    statuses = [column.name for column in table.columns if column.kind == "id_status"]
    places = [column.name for column in table.columns if column.from_]
    nothing = pl.lit(0)
    counted = rows.group_by("delivery_id").agg(
        pl.sum_horizontal(nothing, *(pl.col(name).is_not_null().sum() for name in statuses)).alias("checked"),
        pl.sum_horizontal(nothing, *((pl.col(name) == VALID).sum() for name in statuses)).alias("valid"),
        pl.sum_horizontal(nothing, *(pl.col(name).is_not_null().sum() for name in places)).alias("matched"),
    )
    return {delivery_id: (checked, valid, matched) for delivery_id, checked, valid, matched in counted.iter_rows()}


def _together(group: list[Delivery]) -> pl.DataFrame:
    return pl.concat(
        each.reading.frame.with_columns(pl.lit(each.delivery_id).alias("delivery_id"))
        for each in group
        if each.reading is not None
    )


def _months(each: Delivery) -> set[str]:
    return {month_of(month) for month in each.reading.months} if each.reading else set()


def _account(each: Delivery) -> None:
    read = each.reading.rows_read if each.reading else 0
    accounted = each.rows_good + each.rows_rejected + sum(each.rows_skipped.values())
    if accounted != read:
        raise BuildError(f"{each.pending.file_name}: 读入 {read} 行,只交代了 {accounted} 行;这是程序的错,请报告")


def _sentences(problems: pl.DataFrame) -> list[str]:
    counted = problems.filter(pl.col("is_fatal").not_()).group_by("reason", maintain_order=True).len()
    return [f"{reason}({count} 行)" for reason, count in counted.iter_rows()]
