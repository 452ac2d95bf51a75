"""Where the seconds of a night go: cold processes over the sample, and the build against one plain script.

Run as `python -m tests.bench`. The script runs the same compiled statements in one DuckDB connection, without dbt, its
tests and its parsing, and is held to make the same tables.
"""

import importlib.util
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from flows.declarations import MonthFromColumn, extracts
from flows.publish import PUBLISHED, content
from flows.settings import DBT_PROJECT
from flows.show import say

STEP = re.compile(r"^(\S+)  ([\d.]+) 秒$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One cold process: its wall seconds, the seconds of its steps, and its peak memory in MB."""

    seconds: float
    steps: dict[str, float]
    memory: float


def main() -> None:
    """Print the seconds of a first load, of a night with one new month, of nothing new, and the ratio of the build."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        run(place, "sample")
        whole = run(place, "nightly")
        tell("首次入库(18 个月)", place, whole)
        last = newest(place)
        month = place / "month"
        shutil.copytree(place / "data" / "inbox", month / "data" / "inbox")
        held = hold_back(month / "data" / "inbox", last)
        run(month, "nightly")
        landed = len(ledger(month))
        for source, target in held:
            shutil.move(source, target)
        tell("每份报表新来一个月", month, run(month, "nightly"), landed)
        tell("没有新报表", month, run(month, "nightly"), len(ledger(month)))
        ratio(place, whole.steps["建表"])


def run(place: Path, *words: str) -> Run:
    """Run `jiuzhu WORDS` in a process of its own on the data below `place`."""
    (place / "home").mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "JIUZHU_DATA": str(place / "data"),
        "JIUZHU_KEYS": str(place / "keys"),
        "HOME": str(place / "home"),
    }
    started = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "flows.cli", *words], env=environment, stdout=subprocess.PIPE)
    assert child.stdout is not None
    said = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"jiuzhu {' '.join(words)} 没有跑通:\n{said}")
    steps = {name: float(seconds) for name, seconds in STEP.findall(said)}
    return Run(time.perf_counter() - started, steps, usage.ru_maxrss / 1024)


def tell(title: str, place: Path, measured: Run, landed_before: int = 0) -> None:
    """Print one run, a line a step."""
    rows = sum(event["rows_read"] for event in ledger(place)[landed_before:] if event["event"] == "landed")
    say(f"\n{title}: {measured.seconds:.1f} 秒,最大内存 {measured.memory:.0f} MB")
    for name, seconds in measured.steps.items():
        pace = f"  {rows:,} 行,每秒 {rows / seconds:,.0f} 行" if name == "落地" and rows and seconds else ""
        say(f"  {name:　<4}{seconds:6.1f} 秒{pace}")
    rest = measured.seconds - sum(measured.steps.values())
    say(f"  {'其余':　<4}{rest:6.1f} 秒  (启动、导入、收尾)")


def ledger(place: Path) -> list[dict[str, Any]]:
    """Return the events of the landing below `place`."""
    lines = (place / "data" / "landing" / "deliveries.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def newest(place: Path) -> set[str]:
    """Return the names of the files that hold nothing but the latest month of the sample."""
    months = {event["file_name"]: event["months"] for event in ledger(place)}
    last = max(month for each in months.values() for month in each if month != "all")
    return {name for name, each in months.items() if each == [last]}


def hold_back(inbox: Path, names: set[str]) -> list[tuple[Path, Path]]:
    """Move these files, and the latest month of every database, out of an inbox; return how they come back."""
    away = inbox.parent / "away"
    away.mkdir()
    held = []
    for path in sorted(path for path in inbox.rglob("*") if path.name in names):
        target = away / f"{len(held)}-{path.name}"
        shutil.move(path, target)
        held.append((target, path))
    for department, extract, _ in extracts():
        if extract.reader == "database" and isinstance(extract.month, MonthFromColumn):
            path = inbox / department.department / Path(str(extract.url)).name
            shutil.copyfile(path, away / path.name)
            held.append((away / path.name, path))
            column = extract.columns[extract.month.column][0]
            table = str(extract.query).split()[-1]
            with sqlite3.connect(path) as connection:
                connection.execute(f"delete from {table} where {column} = (select max({column}) from {table})")
    return held


def ratio(place: Path, build_seconds: float) -> None:
    """Print the build against the plain script, and how many of its tables are the same."""
    import duckdb

    built = place / "data" / "work" / "warehouse.duckdb"
    plain = place / "plain" / "warehouse.duckdb"  # the statements name the database they were compiled for
    plain.parent.mkdir()
    with duckdb.connect(str(plain), config={"threads": 1}) as connection:
        connection.execute(f"attach '{built}' as built (read_only)")
        connection.execute("create schema raw")
        given = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'built'"
        ).fetchall()
        results = list(statements(place / "data" / "work" / "dbt" / "target"))
        models = {name for name, _, _ in results}
        for schema, name in given:
            if name not in models:  # landed tables and seeds: what the script starts from
                connection.execute(f"create table {schema}.{name} as select * from built.{schema}.{name}")
        started = time.perf_counter()
        for name, kind, statement in results:
            if kind == "python":
                made = python_model(statement).model(Stand(connection), connection)
                connection.register("made", made)
                connection.execute(f"create table {name} as select * from made")
            else:
                connection.execute(f"create {kind} {name} as {statement}")
        seconds = time.perf_counter() - started
        marts = sorted(name for name in models if name.startswith(PUBLISHED))
        connection.execute("detach built")
        mine = {name: content(connection, name) for name in marts}
    with duckdb.connect(str(built), read_only=True) as connection:
        same = [name for name in marts if content(connection, name) == mine[name]]
    say(f"\n建表 {build_seconds:.1f} 秒;同样的语句写成一个脚本 {seconds:.1f} 秒;之比 {build_seconds / seconds:.1f}")
    say(f"  (脚本没有 dbt 的解析和数据测试;{len(marts)} 张表中 {len(same)} 张逐行相同)")


def statements(target: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the models of the last build, what they rest on first: name, how it is made, and what it says."""
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    models = {key: node for key, node in nodes.items() if node["resource_type"] == "model"}
    order = TopologicalSorter({key: node["depends_on"]["nodes"] for key, node in models.items()}).static_order()
    for node in (models[key] for key in order if key in models):
        if node["language"] == "python":
            yield node["name"], "python", node["original_file_path"]
        else:
            compiled = target / "compiled" / "jiuzhu" / node["original_file_path"]
            yield node["name"], node["config"]["materialized"], compiled.read_text(encoding="utf-8")


def python_model(path: str) -> Any:
    """Import a Python model from its file."""
    specification = importlib.util.spec_from_file_location("python_model", DBT_PROJECT / path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Stand:
    """What a Python model asks of dbt."""

    connection: Any

    def ref(self, name: str) -> Any:
        """Return a model's relation."""
        return self.connection.table(name)

    def config(self, **_: Any) -> None:
        """Ignore how dbt would store it."""


if __name__ == "__main__":
    main()
