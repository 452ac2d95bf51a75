"""Writes what may leave the person-level layer: street level and above, cells of 1 to k−1 persons hidden.

Preliminary: without complementary suppression a hidden cell may still be computed from totals; `notice` says so.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.suite import Verdict
from flows.errors import BuildError
from flows.query import literal
from flows.seeds import cutoffs

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOTICE = (
    "披露控制是初步的:本库只含街道和街道以上各级,1–{most} 人的格子及由它算出的数已隐去,"
    "但还没有做互补隐去,隐去的数仍可能由合计推出。对外使用前请逐表复核。"
)
DIMENSIONS = ("dim_months", "dim_programmes", "dim_standards")
CELL = ("area_code", "month", "programme_code", "basis_code")
INDICATOR = (*CELL, "indicator_code")
HELP_TABLES = ("_levels", "_hidden", "_few")
COUNTED = re.compile(r"(recipients|persons|households)_count")

# What a hidden row still shows: what and where it is, and what is not computed from the cell.
SHOWN = re.compile(
    r".*_(code|name|label)|(.*_)?month|unit|level_rank|is_current|is_urban|population(_count|_month)?|district_value"
)
# What looks back in time gives a hidden earlier cell away, and is hidden with it (`months_back`).
BACKWARD = re.compile(r".*(change|before|previous|trend|first_reported|restated|growth|convergence).*")
# People coming and going are counts of their own; one hidden part would follow from the others.
FLOWS = re.compile(r".*(entry|entries|exit|exits|entered|left|moved|moves|move|inflow|outflow)(_.*)?_count")
# Counts of other things than persons: how many areas, months, groups stand behind a number.
NOT_PERSONS = re.compile(r"(areas|areas_missing|groups|month|theil_l_zeros|population.*)_count")


def write_public(analyst: Path, public: Path) -> list[Verdict]:
    """Write the public database from the analyst's and return its audit; raise BuildError where that fails."""
    import duckdb

    quiet: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    with duckdb.connect(str(public), config=quiet) as connection:
        connection.execute(f"attach {literal(analyst)} as analyst (read_only)")
        k = int(cutoffs()["disclosure_k"])
        connection.begin()
        _remember(connection, k)
        written = []
        for name, columns in _tables(connection):
            if name == "mart_figures":
                query = _figures(columns, k)
            elif name.startswith("mart_") and "level_code" in columns:
                query = _mart(name, columns, k)
            elif name in DIMENSIONS:
                query = f"select * from analyst.{name}"
            elif name == "dim_areas":
                query = "select * from analyst.dim_areas where level_code in (select level_code from _levels)"
            else:
                continue  # persons, households, events, and what has no level: never
            connection.execute(f"create table {name} as {query}")
            written.append(name)
        for comment in list(_comments(connection, written)):
            connection.execute(comment)
        connection.execute("create table notice as select ? as notice", [NOTICE.format(most=k - 1)])
        connection.commit()
        connection.execute("detach analyst")
        verdicts = _audit(connection, k)
        for name in HELP_TABLES:
            connection.execute(f"drop table {name}")
        connection.execute("checkpoint")
    if failed := [f"{each.label}({each.observed})" for each in verdicts if each.stops]:
        raise BuildError(f"公开库: 应当{'、'.join(failed)};请改正 flows/disclosure.py 或该模型")
    return verdicts


def months_back() -> int:
    """Return for how many months a number may look back: as far as trends and convergence do."""
    return int(max(cutoffs()["trend_months"], cutoffs()["convergence_months"]))


def _tables(connection: "DuckDBPyConnection") -> Iterator[tuple[str, list[str]]]:
    found = connection.execute(
        "select table_name, list(column_name order by column_index) from duckdb_columns() "
        "where database_name = 'analyst' group by table_name order by table_name"
    ).fetchall()
    yield from found


def _remember(connection: "DuckDBPyConnection", k: int) -> None:
    # Levels are data: those that have areas below them are shown. A hidden cell is one of few recipients.
    connection.execute(
        "create table _levels as select distinct level_code from analyst.dim_areas "
        "where area_code in (select parent_area_code from analyst.dim_areas)"
    )
    connection.execute(
        f"create table _hidden as select distinct {', '.join(CELL)} from analyst.mart_coverage "
        f"where level_code in (select level_code from _levels) and recipients_count between 1 and {k - 1}"
    )
    # An indicator of yuan names no persons in its numerator or denominator: whom it rests on is told beside it.
    connection.execute(
        f"create table _few as select {', '.join(INDICATOR)} from analyst.mart_indicators "
        f"where level_code in (select level_code from _levels) and recipients_count between 1 and {k - 1}"
    )


def _mart(name: str, columns: list[str], k: int) -> str:
    flows = [column for column in columns if FLOWS.fullmatch(column)]
    hidden, looked_at = "false", "false"
    if set(CELL) <= set(columns):
        same = " and ".join(f"hidden.{column} = mart.{column}" for column in CELL if column != "month")
        hidden = f"exists (select 1 from _hidden as hidden where {same} and hidden.month = mart.month)"
        looked_at = (
            f"exists (select 1 from _hidden as hidden where {same} and hidden.month between "
            f"mart.month - interval {months_back()} month and mart.month)"
        )
    if set(INDICATOR) <= set(columns):
        same = " and ".join(f"few.{column} = mart.{column}" for column in INDICATOR)
        hidden += f" or exists (select 1 from _few as few where {same})"
    if name != "mart_coverage":  # there each flow is hidden by itself, and the cell by its recipients
        counted = [column for column in columns if column.endswith("_count") and not NOT_PERSONS.fullmatch(column)]
        counted += [column for column in columns if column in ("numerator", "denominator")]
        # One small count gives itself away through any ratio beside it: the whole row goes.
        hidden = " or ".join([hidden, *(f"mart.{column} between 1 and {k - 1}" for column in counted)])
    small_flow = " or ".join(f"abs(mart.{column}) between 1 and {k - 1}" for column in flows) or "false"
    cells = []
    for column in columns:
        if column == "status":
            cells.append("case when is_hidden then 'suppressed' else status end as status")
        elif SHOWN.fullmatch(column):
            cells.append(column)
        else:
            reasons = ["is_hidden"]
            reasons += ["is_looked_at"] if BACKWARD.fullmatch(column) else []
            reasons += ["is_small_flow"] if column in flows else []
            if column.endswith("_count"):
                reasons.append(f"{column} between 1 and {k - 1}")
            cells.append(f"case when {' or '.join(reasons)} then null else {column} end as {column}")
    return (
        f"select {', '.join(cells)} from (select mart.*, {hidden} as is_hidden, {looked_at} as is_looked_at, "
        f"{small_flow} as is_small_flow from analyst.{name} as mart "
        "where mart.level_code in (select level_code from _levels))"
    )


def _figures(columns: list[str], k: int) -> str:
    # A figure of few persons or households hides its whole group: medical_backstop_persons, …_households, …_yuan.
    group = "regexp_replace({}, '_[a-z]+$', '')"
    hidden = (
        f"exists (select 1 from analyst.mart_figures as few where regexp_matches(few.name, '_(persons|households)$') "
        f"and few.value between 1 and {k - 1} and {group.format('few.name')} = {group.format('figure.name')})"
    )
    told = ("name", "label", "unit", "as_of", "period_start", "period_end", "period", "sources")
    cells = [
        column if column in told else f"case when is_hidden then null else {column} end as {column}"
        for column in columns
    ]
    return (
        f"select {', '.join(cells)}, case when is_hidden then 'suppressed' else 'ok' end as status "
        f"from (select figure.*, {hidden} as is_hidden from analyst.mart_figures as figure)"
    )


def _comments(connection: "DuckDBPyConnection", names: list[str]) -> Iterator[str]:
    """Yield the statements that bring the comments along: they say what a table and a column are."""
    place = "database_name = 'analyst' and comment is not null and list_contains(?, table_name)"
    for name, text in connection.execute(
        f"select table_name, comment from duckdb_tables() where {place}", [names]
    ).fetchall():
        yield f"comment on table {name} is {literal(text)}"
    columns = connection.execute(
        f"select table_name, column_name, comment from duckdb_columns() where {place}", [names]
    )
    for name, column, text in columns.fetchall():
        yield f"comment on column {name}.{column} is {literal(text)}"


def _audit(connection: "DuckDBPyConnection", k: int) -> list[Verdict]:
    # The rule again, from its result: nobody's key, no lowest level, no small count under any name.
    columns = connection.execute(
        "select table_name, column_name from duckdb_columns() where database_name = current_database() "
        "and not internal and schema_name = 'main' and not starts_with(table_name, '_')"
    ).fetchall()
    keys = sorted({f"{table}.{column}" for table, column in columns if column.endswith("_key")})
    low, small = [], []
    for table, column in columns:
        if column == "level_code":
            query = f"select count(*) from {table} where level_code not in (select level_code from _levels)"
            low += [table] if connection.execute(query).fetchall()[0][0] else []
        if table.startswith("mart_") and COUNTED.fullmatch(column):
            query = f"select count(*) from {table} where {column} between 1 and {k - 1}"
            small += [f"{table}.{column}"] if connection.execute(query).fetchall()[0][0] else []
    return [
        Verdict(label, "critical", not found, "、".join(found) or "没有", reason)
        for label, found, reason in (
            ("没有指向个人的列", keys, "公开库只有汇总"),
            ("没有最低一级(村、社区)的行", low, "一个村的数字往往就是几户人"),
            (f"没有 1–{k - 1} 人的格子", small, "几个人的格子,邻居就能认出是谁"),
        )
    ]
