"""Reads cells back from the archive, for a correction list with values: only with a reason, which the caller logs."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from flows.archive import archived
from flows.declarations import Table, departments, tables
from flows.errors import DeliveryError
from flows.excel import Workbooks
from flows.ledger import Event
from flows.read import read

BETWEEN = " / "  # a place is written in several cells


def values(event: Event, places: Sequence[tuple[str | None, int, str]]) -> list[str | None]:
    """Return what stood in each (sheet, row number, column label) of a delivery; null where nothing did.

    Raise DeliveryError where the original can no longer be read as it is declared now.
    """
    table = tables()[event["table_name"]]
    extract = next(
        (each for each in departments()[event["department_code"]].extracts if each.name == event["extract_name"]), None
    )
    original = archived(event["content_hash"])
    if extract is None or not original.exists():
        raise DeliveryError(f"{event['file_name']}: 原件或它的声明已不在,读不出原值;请对照部门手里的文件")
    with Workbooks() as workbooks:
        frame = read(original, event["file_name"], extract, table, workbooks).frame
    wanted = {(sheet or "", row) for sheet, row, _ in places}
    numbers = [row for _, row in wanted]
    rows = {
        (row["sheet"], row["row_number"]): row
        for row in frame.filter(pl.col("row_number").is_in(numbers)).iter_rows(named=True)
    }
    names = delivered_names(table)
    return [_cell(rows.get((sheet or "", row), {}), names.get(label, ())) for sheet, row, label in places]


def delivered_names(table: Table) -> dict[str, tuple[str, ...]]:
    """Return each label a correction list shows → the delivered names behind it."""
    names: dict[str, tuple[str, ...]] = {label: (name,) for name, (label, _) in table.delivered().items()}
    names |= {column.label: column.from_.names() for column in table.columns if column.from_}
    return names


def _cell(row: dict[str, Any], names: tuple[str, ...]) -> str | None:
    said = [str(row[name]) for name in names if row.get(name)]
    return BETWEEN.join(said) or None
