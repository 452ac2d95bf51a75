"""A department's database as deliveries: its result a month, in key order, archived as CSV.

The one named reader that takes a SQLAlchemy URL; `JIUZHU_DATABASES` points a department's URL elsewhere.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.archive import arriving, settle
from flows.declarations import Department, Extract, MonthFromColumn, tables
from flows.errors import DeclarationError, DeliveryError
from flows.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult

UNKNOWN_MONTH = "月份不明"


def url_of(department: Department, extract: Extract, inbox: Path) -> str | None:
    """Return the address an extract is read from, or None where it comes in a file."""
    if extract.url is None:
        return None
    return settings().databases.get(department.department, extract.url).replace("{inbox}", str(inbox))


def sqlite_file(url: str | None) -> Path | None:
    """Return the file behind a SQLite URL."""
    return Path(url.removeprefix("sqlite:///")) if url and url.startswith("sqlite:///") else None


def results(department: Department, extract: Extract, url: str) -> Iterator[tuple[str, str]]:
    """Archive the result of a database extract, a file a month, and yield (name, content hash) of each.

    Raise DeliveryError where the database cannot be read. Nothing is written to it.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError

    if extract.month == "title":
        raise DeclarationError(f"{department.department}.yml: {extract.name}: 数据库没有标题,month 要指一列或 whole")
    file = sqlite_file(url)
    where = f"{department.label} {extract.label}"
    try:
        engine = create_engine(f"sqlite:///file:{file}?mode=ro&uri=true" if file else url)
        try:
            with engine.connect() as connection:
                yield from _months(connection, extract, where)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        # The driver's own message may hold the address and the password; its kind is enough.
        raise DeliveryError(f"{where}: 数据库读不了({type(error).__name__});请核对地址、权限和查询") from error


def _months(connection: "Connection", extract: Extract, where: str) -> Iterator[tuple[str, str]]:
    from sqlalchemy import bindparam, text

    source = f"({extract.query}) as extract"
    columns = list(connection.execute(text(f"select * from {source} where 1 = 0")).keys())
    order = ", ".join(_quoted(name) for name in _in_key_order(extract, columns))
    if not isinstance(extract.month, MonthFromColumn):
        yield extract.label, _archive(connection.execute(text(f"select * from {source} order by {order}")))
        return
    month = next((name for name in extract.columns[extract.month.column] if name in columns), None)
    if month is None:
        expected = "、".join(extract.columns[extract.month.column])
        raise DeliveryError(f"{where}: 查询结果没有月份列({expected});请核对查询")
    spelled: dict[str, list[Any]] = {}
    for (value,) in connection.execute(text(f"select distinct {_quoted(month)} from {source}")):
        spelled.setdefault(_month(value), []).append(value)
    for label, values in sorted(spelled.items()):
        null = f"{_quoted(month)} is null" if None in values else "1 = 0"
        query = text(f"select * from {source} where {_quoted(month)} in :months or {null} order by {order}")
        known = [value for value in values if value is not None]
        rows = connection.execute(query.bindparams(bindparam("months", known, expanding=True)))
        yield f"{extract.label} {label}", _archive(rows)


def _in_key_order(extract: Extract, columns: list[str]) -> list[str]:
    # The columns behind the table's key first, then every other: one order, whatever the database does.
    table = tables()[extract.table]
    keyed = {personal.keyed_as: personal.name for personal in table.personal}
    names = [keyed.get(name, name) for name in table.key]
    headers = [header for name in names for header in extract.columns.get(name, ()) if header in columns]
    return list(dict.fromkeys((*headers, *columns)))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _month(value: Any) -> str:
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    found = re.match(r"\s*(\d{4})\D{0,3}(\d{1,2})", str(value or ""))
    return f"{found[1]}-{int(found[2]):02d}" if found else UNKNOWN_MONTH


def _archive(rows: "CursorResult[Any]") -> str:
    with arriving() as path:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(rows.keys())
            writer.writerows(rows)
        return settle(path).name
