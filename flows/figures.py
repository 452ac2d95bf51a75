"""Every figure of the survey report, computed from rows, beside what a report has stated.

Read from the `mart_figures` of a published release; nothing is computed here.
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import query, show

if TYPE_CHECKING:
    from rich.table import Table

# What programs rely on, in this order; a mart may hold more.
KEYS = (
    "name",
    "label",
    "value",
    "numerator",
    "denominator",
    "unit",
    "as_of",
    "period",
    "period_start",
    "period_end",
    "bound",
    "sources",
    "stated",
    "stated_bound",
    "stated_source",
    "agrees",
    "run_id",
)
AGREES = {True: "一致", False: "不一致"}


def read(database: Path) -> list[dict[str, Any]]:
    """Return every figure with the run that made it."""
    rows = query.ask(
        database,
        "select figures.*, release.run_id from mart_figures as figures cross join release order by figures.sort_order",
    )
    return [{key: row.get(key) for key in KEYS} for row in rows]


def table(rows: list[dict[str, Any]]) -> "Table":
    """Return the figures for the terminal."""
    headings = [
        show.Heading("label", "数字"),
        show.Heading("shown", "算得", right=True),
        show.Heading("when", "时点或期间"),
        show.Heading("stated_shown", "报告所述", right=True),
        show.Heading("agrees", "核对", lambda agrees: AGREES[agrees]),
        show.Heading("name", "代码"),
    ]
    lines = []
    for row in rows:
        line = row | {"label": row["label"] or row["name"], "when": _when(row)}
        line["shown"] = written(row["value"], row["bound"], row["unit"])
        unit = row["unit"] if row["unit"] == "share" else None  # the unit stands beside it already
        line["stated_shown"] = written(row["stated"], row["stated_bound"], unit)
        lines.append(line)
    return show.table(None, headings, lines)


def _when(row: dict[str, Any]) -> str | None:
    start, end = row["period_start"], row["period_end"]
    if row["as_of"] or not (start and end):
        return str(row["as_of"] or row["period"] or "") or None
    is_year = start == date(start.year, 1, 1) and end == date(start.year, 12, 31)
    return f"{start:%Y}年" if is_year else f"{start:%Y-%m}–{end:%Y-%m}"


def written(value: Any, bound: str | None, unit: str | None) -> str | None:
    """Write a figure with its bound and unit: ≥ 3,012 户, 90.75 %."""
    if show.missing(value):
        return None
    mark = f"{bound} " if bound and bound != "=" else ""
    if unit in ("share", "比例", "%"):
        return f"{mark}{show.number(float(value) * 100, 2)} %"
    digits = 0 if float(value) == int(value) else 2
    return f"{mark}{show.number(float(value), digits)} {unit or ''}".rstrip()
