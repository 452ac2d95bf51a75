"""Builds the warehouse in a file of its own: landed tables into schema `raw`, then every model and test of dbt.

Landing is the truth: the same deliveries give the same content, whenever and wherever they are built.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.beside import submit
from flows.declarations import Table, extracts, tables
from flows.errors import BuildError
from flows.lateness import MONTHS, days_late, first_night
from flows.ledger import Event, landed_files, ledger, standing, withdrawn
from flows.settings import DBT_PROJECT, settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from expectations.suite import Verdict

WHOLE = "all"
ROWS_ORDER = "report_month nulls first, delivery_sequence, source_sheet nulls first, source_row_number"

# What a test asks, as the quality page tells it; a test of its own says so in its `meta.label`.
KINDS = {
    "has_integrity": ("主键不重复,引用的维度都在", "一件事记了两行,合计就会多算;对不上的行会从分组里漏掉"),
}


@dataclass(frozen=True)
class BuildResult:
    """What a build came to: the month it is about, how many models stand, and what its tests said."""

    business_month: date
    nodes: int
    verdicts: "list[Verdict]" = field(default_factory=list)


_manifest: Any = None  # what dbt has read of the project


def build(as_of: date | None, database: Path) -> BuildResult:
    """Build and test the warehouse as of a month (None: the latest roster month) in a new file `database`.

    Raise BuildError naming the node that failed, or saying that there is nothing to build from.
    """
    return submit(_build, as_of, database).result()


def _build(as_of: date | None, database: Path) -> BuildResult:
    month = as_of or business_month()
    if month is None:
        raise BuildError("落地区: 还没有一份花名册,定不出业务月份;请先收到花名册,或用 --as-of 指定月份")
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in (database, database.with_name(database.name + ".wal")):
        left.unlink(missing_ok=True)
    load(database, month)
    written = ["--no-write-json"] if _manifest else []  # reading the project has written the manifest already
    results = _dbt(database, "build", "--exclude-resource-type", "unit_test", *written)
    failed = [each for each in results if each.status in ("error", "fail")]
    if failed:
        raise BuildError(_sentence(failed))
    models = sum(each.node.resource_type == "model" for each in results)
    return BuildResult(month, models, _verdicts(results))


def business_month() -> date | None:
    """Return the latest month landed of the table that sets it, or None before its first delivery."""
    leading = {table.name for table in tables().values() if table.sets_business_month}
    events = ledger()
    gone = withdrawn(events)
    months = [
        month
        for event in events
        if event["event"] == "landed" and event["table_name"] in leading and event["delivery_id"] not in gone
        for month in event["months"]
        if month != WHOLE
    ]
    return _first_day(max(months)) if months else None


def read_project() -> None:
    """Let dbt read the project, so that a build in this process need not."""
    global _manifest
    _manifest = _invoke(settings().work / "warehouse.duckdb", "parse").result


def load(database: Path, month: date) -> None:
    """Load every landed table, the ledger and the declarations into schema `raw` of a new database."""
    import duckdb

    config: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": str(settings().work / "tmp"),
        "threads": settings().threads,
    }
    with duckdb.connect(str(database), config=config) as connection:
        connection.begin()
        connection.execute("create schema raw")
        for table in tables().values():
            _load_table(connection, table)
        _load_links(connection)
        load_rows(connection, "raw.run", {"business_month": "date"}, [(month,)])
        load_rows(connection, "raw.deliveries", DELIVERY_TYPES, _deliveries())
        load_rows(connection, "raw.extracts", EXTRACT_TYPES, _extracts())
        load_rows(connection, "raw.codes", CODE_TYPES, _codes())
        connection.commit()


def load_rows(connection: "DuckDBPyConnection", name: str, types: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    """Create a table of these columns and types, in their order, with these rows."""
    import polars as pl

    _create(connection, name, types)
    frame = pl.DataFrame(rows, schema=list(types), orient="row", infer_schema_length=None)
    columns = ", ".join(f"cast({column} as {kind})" for column, kind in types.items())
    connection.register("loaded_rows", frame)
    connection.execute(f"insert into {name} select {columns} from loaded_rows")
    connection.unregister("loaded_rows")


def compile_models(folder: Path) -> list[Path]:
    """Compile every model into a folder and return the paths of the compiled SQL; needs no landed data."""
    target = folder / "target"
    _dbt(folder / "compile.duckdb", "compile", "--no-introspect", target=target)
    return sorted((target / "compiled" / "jiuzhu" / "models").rglob("*.sql"))


def unit_test(database: Path) -> list[str]:
    """Run dbt's unit tests against a built warehouse and return one line for each that did not pass."""
    results = _dbt(database, "test", "--select", "test_type:unit")
    return [f"{each.node.name}: {each.message}" for each in results if each.status != "pass"]


def document(database: Path) -> Path:
    """Write dbt's documentation of a built warehouse as one page and return its place."""
    _dbt(database, "docs generate", "--static")
    return settings().work / "dbt" / "target" / "static_index.html"


DELIVERY_TYPES = {
    "delivery_id": "varchar",
    "delivery_sequence": "bigint",
    "department_code": "varchar",
    "extract_name": "varchar",
    "table_name": "varchar",
    "status_code": "varchar",
    "report_month": "date",
    "row_count": "bigint",
    "rejected_count": "bigint",
    "late_days_count": "bigint",
    "read_count": "bigint",
    "unmet_count": "bigint",
    "checked_ids_count": "bigint",
    "valid_ids_count": "bigint",
    "matched_areas_count": "bigint",
    "unmatched_areas_count": "bigint",
}
EXTRACT_TYPES = {
    "department_code": "varchar",
    "department_name": "varchar",
    "extract_name": "varchar",
    "extract_label": "varchar",
    "table_name": "varchar",
    "cadence_code": "varchar",
    "cadence_month_count": "bigint",
    "programme_code": "varchar",
}
LINK_TYPES = {
    "table_name": "varchar",
    "person_key": "uuid",
    "linked_person_key": "uuid",
    "tier_code": "varchar",
    "probability": "double",
}
CODE_TYPES = {"code_type": "varchar", "code": "varchar", "code_name": "varchar"}


def _load_table(connection: "DuckDBPyConnection", table: Table) -> None:
    types = table.landed_types()
    _create(connection, f"raw.{table.name}", types)
    paths = [str(path) for path in landed_files(table.name)]
    if paths:
        columns = ", ".join(_from_parquet(types))
        # What landed before a column was declared has it nowhere: it is empty then.
        nothing = ", ".join(f"cast(null as {_landed(kind)}) as {name}" for name, kind in types.items())
        connection.execute(
            f"insert into raw.{table.name} select {columns} from ("
            "select * from read_parquet($paths, hive_partitioning = false, union_by_name = true) "
            f"union all by name select {nothing} where false) order by {ROWS_ORDER}",
            {"paths": paths},
        )


def _load_links(connection: "DuckDBPyConnection") -> None:
    # Where nothing was ever matched, nobody is linked.
    _create(connection, "raw.person_links", LINK_TYPES)
    if settings().links.is_file():
        columns = ", ".join(_from_parquet(LINK_TYPES))
        connection.execute(
            f"insert into raw.person_links select {columns} from read_parquet($place) order by all",
            {"place": str(settings().links)},
        )


def _landed(kind: str) -> str:
    return "blob" if kind == "uuid" else kind  # pseudonyms are landed as their 16 bytes


def _from_parquet(types: dict[str, str]) -> list[str]:
    return [f"cast(hex({name}) as uuid)" if kind == "uuid" else name for name, kind in types.items()]


def _create(connection: "DuckDBPyConnection", name: str, types: dict[str, str]) -> None:
    columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
    connection.execute(f"create table {name} ({columns})")


def _deliveries() -> list[tuple[Any, ...]]:
    events = ledger()
    gone = withdrawn(events)
    kept = [each for each in events if each["event"] in ("landed", "held") and each["delivery_id"] not in gone]
    # One content refused under two names is one delivery; nobody knows the month of what could not be read.
    refused = {each["delivery_id"]: each for each in standing() if each["event"] == "refused"}
    first = first_night(events)
    declared = {(department.department, extract.name): extract for department, extract, _ in extracts()}

    def late(event: Event, month: str) -> int | None:
        extract = declared.get((event["department_code"], event["extract_name"]))
        return days_late(extract, month, event["received_at"], first) if extract else None

    return [
        (
            event["delivery_id"],
            event["delivery_sequence"],
            event["department_code"],
            event["extract_name"],
            event["table_name"],
            event["event"],
            None if month == WHOLE else _first_day(month),
            event["rows_by_month"].get(month, 0),
            event["rows_rejected"],
            # By how many days, never on which day: the same deliveries taken in elsewhere give the same content.
            late(event, month),
            event["rows_read"],
            sum(not finding["success"] for finding in event["findings"]),
            event.get("ids_checked"),
            event.get("ids_valid"),
            event.get("areas_matched"),
            event["areas_unresolved"],
        )
        for event in (*kept, *refused.values())
        for month in ([WHOLE] if event["event"] == "refused" else event["months"])
    ]


def _extracts() -> list[tuple[Any, ...]]:
    return [
        (
            department.department,
            department.label,
            extract.name,
            extract.label,
            table.name,
            extract.cadence,
            MONTHS.get(extract.cadence),
            extract.constants.get("programme_code"),
        )
        for department, extract, table in extracts()
    ]


def _codes() -> list[tuple[Any, ...]]:
    found = {
        (column.name, code): words[0] if words else code
        for table in tables().values()
        for column in table.columns
        for code, words in column.values.items()
    }
    return [(*key, label) for key, label in sorted(found.items())]


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _dbt(database: Path, command: str, *words: str, target: Path | None = None) -> list[Any]:
    """Run one dbt command in this process and return its results; the database is closed afterwards."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    try:
        outcome = _invoke(database, command, *words, target=target)
    finally:
        DuckDBConnectionManager.close_all_connections()
    if outcome.exception is not None:
        raise BuildError(f"建表: dbt 没有跑起来({_first_line(outcome.exception)});请核对 dbt_project") from None
    return list(getattr(outcome.result, "results", []))


def _invoke(database: Path, command: str, *words: str, target: Path | None = None) -> Any:
    from dbt.cli.main import dbtRunner

    place = settings().work / "dbt"
    os.environ["JIUZHU_WAREHOUSE"] = str(database)
    options = {
        "--project-dir": DBT_PROJECT,
        "--profiles-dir": DBT_PROJECT,
        "--target-path": target or place / "target",
        "--log-path": place,
        "--log-level": "none",
        "--log-level-file": "none",  # its log quotes the rows of a statement that fails
    }
    spelled = [str(word) for option in options.items() for word in option]
    given = ["--no-version-check", "--no-use-colors", *command.split(), *spelled, *words]
    return dbtRunner(manifest=_manifest).invoke(given)


def _sentence(failed: list[Any]) -> str:
    shown = "、".join(f"{_name(each)}({_first_line(each.message)})" for each in failed[:3])
    more = f" 等 {len(failed)} 处" if len(failed) > 3 else ""
    return f"建表: {shown}{more} 没有通过;请把这句话交给数据组"


def _name(result: Any) -> str:
    label = dict(result.node.config.meta or {}).get("label") if result.node.resource_type == "test" else None
    return f"{result.node.name} {label}" if label else str(result.node.name)


def _first_line(message: object) -> str:
    lines = [line.strip() for line in str(message or "").splitlines() if line.strip()]
    return lines[0][:200] if lines else "没有说明"


def _verdicts(results: list[Any]) -> "list[Verdict]":
    from expectations.suite import Verdict

    counts: Counter[tuple[str, str]] = Counter()
    for each in results:
        if each.node.resource_type == "test":
            about = getattr(each.node, "test_metadata", None)
            meta = dict(each.node.config.meta or {})
            named = (str(meta.get("label", each.node.name)), str(meta.get("reason", "")))
            counts[KINDS.get(about.name, named) if about else named] += 1
    return [
        Verdict(label, "critical", True, f"{count} 项", reason) for (label, reason), count in sorted(counts.items())
    ]
