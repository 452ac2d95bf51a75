"""Makes a release of a built warehouse: materialised tables only, described, hashed, read-only; then one pointer moves.

Run id and times live in `release` and `release_deliveries`; a content hash over all other tables tells whether
anything changed.
"""

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import quality, release
from flows.beside import submit
from flows.build import load_rows
from flows.declarations import extracts
from flows.disclosure import write_public
from flows.ledger import current, ledger
from flows.quality import Gate, Run
from flows.query import literal
from flows.settings import settings
from flows.tonight import position

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SERVED_TYPES = {
    "delivery_id": "varchar",
    "department_name": "varchar",
    "extract_name": "varchar",
    "table_name": "varchar",
    "month": "varchar",
    "file_name": "varchar",
    "content_hash": "varchar",
    "received_at": "timestamp",
    "rows_good": "bigint",
}
PUBLISHED = ("dim_", "fct_", "mart_")
ANALYST, PUBLIC, WORKBOOK = "analyst.duckdb", "public.duckdb", "gap.xlsx"
# Everybody may read what was suppressed; the rest is for its owner and the analysts' group.
FOR_EVERYBODY = (PUBLIC,)


def publish(warehouse: Path, run: Run) -> Run:
    """Publish a built warehouse as a release, and return the run as its page tells it.

    Raise BuildError where something would leave that must not; then nothing is published.
    """
    from flows.workbook import write_gap

    building = prepare(run.run_id)
    hashed = submit(contents, warehouse)
    copy_tables(warehouse, building / ANALYST, dbt_nodes())
    row = {
        "run_id": run.run_id,
        "started_at": utc(run.started_at),
        "published_at": utc(run.finished_at),
        "business_month": run.business_month,
        "ledger_position": position(ledger()),
    }
    deliveries = served_deliveries()
    add_run(building / ANALYST, row)
    add_deliveries(building / ANALYST, deliveries)
    drawn = submit(write_gap, building / ANALYST, building / WORKBOOK)
    verdicts = write_public(building / ANALYST, building / PUBLIC)
    add_run(building / PUBLIC, row)
    run = replace(run, gates=[*run.gates, Gate("发布", "公开库里没有个人、村级和小格子", verdicts)])
    quality.write(run, building / quality.PAGE)
    told = hashed.result()
    drawn.result()
    manifest = {
        "run_id": run.run_id,
        "business_month": f"{run.business_month:%Y-%m}",
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "published_at": run.finished_at.isoformat(timespec="seconds"),
        "ledger_position": row["ledger_position"],
        "deliveries": len({row["delivery_id"] for row in deliveries}),
        "row_counts": {name: each["rows"] for name, each in told.items()},
        "content_hashes": {name: each["hash"] for name, each in told.items()},
        "seconds": run.seconds,
    }
    finish(building, manifest)
    return run


def prepare(run_id: str) -> Path:
    """Return the empty folder a release is built in; what an earlier night left unfinished is removed."""
    settings().releases.mkdir(parents=True, exist_ok=True, mode=0o755)
    for left in settings().releases.glob(".building-*"):
        shutil.rmtree(left)
    building = settings().releases / f".building-{run_id}"
    building.mkdir(mode=0o755)
    return building


def copy_tables(warehouse: Path, into: Path, descriptions: dict[str, Any]) -> None:
    """Copy every published model as a table with its comments; `descriptions` are the nodes of dbt's manifest."""
    with _database(into) as connection:
        connection.execute(f"attach {literal(warehouse)} as warehouse (read_only)")
        names = _published(connection)
        models = {node["name"]: node for node in descriptions.values() if node.get("resource_type") == "model"}
        connection.begin()  # a transaction a comment would write the log two thousand times
        for name in names:
            connection.execute(f'create table "{name}" as select * from warehouse."{name}"')
            _describe(connection, name, models.get(name, {}))
        connection.commit()
        connection.execute("detach warehouse")
        connection.execute("checkpoint")


def contents(warehouse: Path) -> dict[str, dict[str, Any]]:
    """Return {name: {rows, hash}} of every published model of a built warehouse."""
    with _database(warehouse, read_only=True) as connection:
        return {name: content(connection, name) for name in _published(connection)}


def _published(connection: "DuckDBPyConnection") -> list[str]:
    found = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'main' order by table_name"
    ).fetchall()
    return [name for (name,) in found if name.startswith(PUBLISHED)]


def content(connection: "DuckDBPyConnection", name: str) -> dict[str, Any]:
    """Return the rows of a table and a hash of its columns and rows, whatever their order."""
    columns = connection.execute("select name, type from pragma_table_info(?) order by cid", [name]).fetchall()
    # 0 and −0 are one number; which of them a product gives depends on the plan.
    cells = ", ".join(
        f'case when "{column}" = 0 then 0 else "{column}" end' if kind == "DOUBLE" else f'"{column}"'
        for column, kind in columns
    )
    # The sum of the rows' hashes does not depend on their order, and unlike an xor sees a row that stands twice.
    rows, low, high = connection.execute(
        f"select count(*), sum(md5_number_lower(line)), sum(md5_number_upper(line)) "
        f'from (select cast(row({cells}) as varchar) as line from "{name}")'
    ).fetchall()[0]
    text = json.dumps([columns, rows, str(low), str(high)])
    return {"rows": rows, "hash": hashlib.sha256(text.encode()).hexdigest()}


def add_run(database: Path, run: dict[str, Any]) -> None:
    """Add the table `release`: one row, the run that made it."""
    with _database(database) as connection:
        connection.execute(
            "create table release (run_id varchar, started_at timestamp, published_at timestamp, "
            "business_month date, ledger_position bigint)"
        )
        connection.execute("insert into release values (?, ?, ?, ?, ?)", list(run.values()))
        connection.execute("comment on table release is 'One row: the run that made this release; times in UTC.'")
        connection.execute("checkpoint")


def add_deliveries(database: Path, rows: list[dict[str, Any]]) -> None:
    """Add the table `release_deliveries`: a row a delivery and month that the release rests on."""
    with _database(database) as connection:
        load_rows(connection, "release_deliveries", SERVED_TYPES, [tuple(row.values()) for row in rows])
        connection.execute(
            "comment on table release_deliveries is "
            "'One row per delivery and month that this release rests on; received_at in UTC.'"
        )
        connection.execute("checkpoint")


def served_deliveries() -> list[dict[str, Any]]:
    """Return a row per delivery and month that the warehouse rests on now."""
    labels = {(department.department, each.name): (department.label, each.label) for department, each, _ in extracts()}
    events = ledger()
    months = current(events)
    rows = []
    for event in events:
        if event["event"] != "landed":
            continue
        place = (event["department_code"], event["extract_name"])
        department, extract = labels.get(place, place)
        for month in months.get(event["delivery_id"], ()):
            rows.append(
                {
                    "delivery_id": event["delivery_id"],
                    "department_name": department,
                    "extract_name": extract,
                    "table_name": event["table_name"],
                    "month": month,
                    "file_name": event["file_name"],
                    "content_hash": event["content_hash"],
                    "received_at": utc(event["received_at"]),
                    "rows_good": event["rows_by_month"][month],
                }
            )
    return rows


def finish(building: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest, make every file read-only, give the folder its name and move the pointer."""
    manifest = manifest | {"files": {path.name: _sha256(path) for path in sorted(building.iterdir())}}
    text = json.dumps(manifest, ensure_ascii=False, indent=2, default=str)
    (building / release.MANIFEST).write_text(text + "\n", encoding="utf-8")
    for path in building.iterdir():
        path.chmod(0o444 if path.name in FOR_EVERYBODY else 0o440)
    building.rename(release.folder(manifest["run_id"]))
    release.point(manifest["run_id"])


def utc(moment: str | datetime) -> datetime:
    """Return a moment as a naive timestamp in UTC, as the tables hold it."""
    made = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return made.astimezone(UTC).replace(tzinfo=None)


def _describe(connection: "DuckDBPyConnection", name: str, node: dict[str, Any]) -> None:
    if text := _text(node):
        connection.execute(f'comment on table "{name}" is {literal(text)}')
    columns = {row[0] for row in connection.execute(f'describe "{name}"').fetchall()}
    for column, about in node.get("columns", {}).items():
        if column in columns and (text := _text(about)):
            connection.execute(f'comment on column "{name}"."{column}" is {literal(text)}')


def _text(about: dict[str, Any]) -> str:
    label = {**about.get("meta", {}), **about.get("config", {}).get("meta", {})}.get("label")
    description = " ".join(about.get("description", "").split())
    return f"{label}:{description}" if label and description else label or description


def _database(path: Path, read_only: bool = False) -> "DuckDBPyConnection":
    import duckdb

    return duckdb.connect(
        str(path),
        read_only,
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": str(settings().work / "tmp"),
            "threads": str(settings().threads),
        },
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dbt_nodes() -> dict[str, Any]:
    """Return the nodes of dbt's manifest: what each model and column means."""
    place = settings().work / "dbt" / "target" / "manifest.json"
    return dict(json.loads(place.read_text(encoding="utf-8"))["nodes"]) if place.is_file() else {}
