"""A release: tables only, described, hashed whatever the order, read-only, found by one pointer."""

import hashlib
import json
import stat
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import publish
from flows.errors import BuildError
from flows.publish import content, contents, copy_tables, prepare
from flows.quality import Run
from flows.release import current, folder, manifests, new_run_id, point
from flows.settings import settings
from tests.published import BALANCE, FIGURES, ORDER, gap_rows, write_database

NOW = datetime(2025, 7, 2, 2, 0, 9, tzinfo=UTC)
ROWS = [
    {"area_code": "a", "amount": Decimal("1.10"), "rate": 0.1 + 0.2, "month": date(2025, 6, 1)},
    {"area_code": "b", "amount": None, "rate": 1 / 3, "month": date(2025, 5, 1)},
    {"area_code": "b", "amount": None, "rate": 1 / 3, "month": date(2025, 5, 1)},
]
NODES = {
    "model.jiuzhu.mart_small": {
        "name": "mart_small",
        "resource_type": "model",
        "description": "One row per\n  area's month.",
        "columns": {"amount": {"description": "Yuan.", "config": {"meta": {"label": "金额"}}}},
    }
}


def warehouse(path: Path, rows: list[dict[str, Any]] | None = None) -> Path:
    """Write a small warehouse: what is published, and what must stay behind."""
    areas = [
        ("339900000000", None, "district"),
        ("339900001000", "339900000000", "street"),
        ("339900001001", "339900001000", "village"),
    ]
    coverage = [
        {name: row[name] for name in ("level_code", "month", "programme_code", "basis_code", "area_code", "status")}
        | {"recipients_count": int(row["numerator"])}
        for row in gap_rows()
    ]
    tables = {
        "dim_areas": [dict(zip(("area_code", "parent_area_code", "level_code"), area, strict=True)) for area in areas],
        "fct_enrolments": [{"person_key": "k", "month": date(2025, 6, 1)}],
        "int_secret": [{"x": 1}],
        "mart_small": rows or ROWS,
        "mart_coverage": coverage,
        "mart_indicators": [row | {"indicator_code": "coverage"} for row in coverage],
        "mart_regional_gap": gap_rows(),
        "mart_balance": BALANCE,
        "mart_figures": FIGURES,
        **ORDER,
    }
    write_database(path, tables)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.mart_like as select 1 as x")
        connection.execute("create view dim_view as select 1 as x")
    return path


def run() -> Run:
    return Run(new_run_id(NOW), date(2025, 6, 1), NOW, NOW, [])


@pytest.fixture
def built(fresh_settings: Path) -> Path:
    (settings().work / "tmp").mkdir(parents=True)
    return warehouse(settings().work / "warehouse.duckdb")


def hash_of(path: Path, rows: list[dict[str, Any]]) -> dict[str, Any]:
    write_database(path, {"small": rows})
    with duckdb.connect(str(path)) as connection:
        return content(connection, "small")


def test_a_content_hash_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    first = hash_of(tmp_path / "1.duckdb", ROWS)
    assert first["rows"] == 3
    assert hash_of(tmp_path / "2.duckdb", ROWS[::-1]) == first


@pytest.mark.parametrize(
    "rows",
    [
        ROWS[:2],
        [*ROWS, ROWS[1]],
        [ROWS[0], ROWS[1], {**ROWS[2], "rate": 1 / 3 + 1e-16}],
        [ROWS[0], ROWS[1], {**ROWS[2], "amount": Decimal("0.00")}],
        [{**row, "new": None} for row in ROWS],
        [{"place" if name == "area_code" else name: value for name, value in row.items()} for row in ROWS],
    ],
)
def test_a_content_hash_sees_a_row_a_value_a_null_and_a_name(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    assert hash_of(tmp_path / "1.duckdb", rows)["hash"] != hash_of(tmp_path / "2.duckdb", ROWS)["hash"]


def test_tables_only_are_copied_with_what_dbt_says_of_them(built: Path, tmp_path: Path) -> None:
    copy_tables(built, tmp_path / "analyst.duckdb", NODES)
    told = contents(built)
    with duckdb.connect(str(tmp_path / "analyst.duckdb"), read_only=True) as connection:
        tables = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
        assert tables == told.keys()
        assert "int_secret" not in tables
        assert connection.execute("select count(*) from duckdb_views() where not internal").fetchone() == (0,)
        table = connection.execute("select comment from duckdb_tables() where table_name = 'mart_small'").fetchone()
        column = connection.execute("select comment from duckdb_columns() where column_name = 'amount'").fetchone()
    assert table == ("One row per area's month.",)
    assert column == ("金额:Yuan.",)


def test_a_release_is_complete_read_only_and_pointed_at(built: Path) -> None:
    made = publish.publish(built, run())
    place = folder(made.run_id)
    assert current() == made.run_id
    names = {path.name for path in place.iterdir()}
    assert names == {"analyst.duckdb", "public.duckdb", "gap.xlsx", "quality.html", "manifest.json"}
    for path in place.iterdir():
        assert not stat.S_IMODE(path.stat().st_mode) & 0o222, path.name
    manifest = json.loads((place / "manifest.json").read_text("utf-8"))
    for name, sha256 in manifest["files"].items():
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == sha256
    assert manifest["row_counts"]["mart_small"] == 3
    assert not {"release", "release_deliveries"} & manifest["content_hashes"].keys()
    with duckdb.connect(str(place / "analyst.duckdb"), read_only=True) as connection:
        assert connection.execute("select run_id, business_month from release").fetchall() == [
            (made.run_id, date(2025, 6, 1))
        ]


def test_two_releases_of_the_same_warehouse_have_the_same_content_and_the_old_one_stays(built: Path) -> None:
    first, second = publish.publish(built, run()), publish.publish(built, run())
    assert first.run_id != second.run_id
    hashes = {manifest["run_id"]: manifest["content_hashes"] for manifest in manifests()}
    assert hashes[first.run_id] == hashes[second.run_id]
    assert folder(first.run_id).is_dir()


def test_a_reader_holds_its_release_while_another_is_published(built: Path) -> None:
    first = publish.publish(built, run())
    with duckdb.connect(str(settings().releases / "current" / "analyst.duckdb"), read_only=True) as connection:
        publish.publish(built, run())
        assert connection.execute("select run_id from release").fetchone() == (first.run_id,)


def test_what_must_not_leave_publishes_nothing(built: Path) -> None:
    first = publish.publish(built, run())
    with duckdb.connect(str(built)) as connection:
        connection.execute("create table mart_odd as select 'street' as level_code, 'k' as person_key")
    with pytest.raises(BuildError):
        publish.publish(built, run())
    assert current() == first.run_id
    assert len(manifests()) == 1


def test_what_an_interrupted_night_left_is_removed_and_was_never_a_release(fresh_settings: Path) -> None:
    left = prepare("20250701T020000Z-aaaaaa")
    (left / "analyst.duckdb").write_bytes(b"half")
    assert manifests() == []
    prepare("20250702T020000Z-bbbbbb")
    assert not left.exists()


def test_run_ids_sort_by_time_and_differ(fresh_settings: Path) -> None:
    ids = [new_run_id(NOW), new_run_id(NOW.replace(hour=3)), new_run_id(NOW.replace(year=2026))]
    assert ids == sorted(ids)
    assert new_run_id(NOW) != new_run_id(NOW)


def test_the_pointer_is_replaced_never_absent(fresh_settings: Path) -> None:
    for name in ("20250701T020000Z-aaaaaa", "20250702T020000Z-bbbbbb"):
        folder(name).mkdir(parents=True)
        point(name)
        assert current() == name
    assert [path.name for path in settings().releases.iterdir() if path.is_symlink()] == ["current"]
