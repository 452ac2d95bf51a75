"""Questions to a release: one release is held on to, nothing else is in reach, and what goes wrong is a sentence."""

from pathlib import Path

import polars as pl
import pytest

from flows import query
from flows.errors import ReleaseError, SettingsError
from flows.settings import settings
from tests.published import RUN, publish, write_database

OLDER = "20250701T020000Z-000001"


@pytest.fixture
def release(fresh_settings: Path) -> Path:
    return publish(settings().data)


def test_the_served_release_is_read_by_its_own_name_though_the_pointer_may_move(release: Path) -> None:
    for audience in query.AUDIENCES:
        path = query.database(audience)
        assert path == release / f"{audience}.duckdb"
        assert "current" not in path.parts
    older = settings().releases / OLDER
    older.mkdir()
    write_database(older / "analyst.duckdb", {"release": [{"run_id": OLDER}]})
    opened = query.database("analyst")
    (settings().releases / "current").unlink()
    (settings().releases / "current").symlink_to(OLDER)
    assert query.ask(opened, "select run_id from release") == [{"run_id": RUN}]
    assert query.ask(query.database("analyst"), "select run_id from release") == [{"run_id": OLDER}]
    assert query.database("analyst", RUN) == opened


@pytest.mark.parametrize("name", ["current", ".", "..", "../releases", f"./{RUN}", "/tmp", "nowhere", f"{RUN}/x"])
def test_only_a_release_of_that_name_is_one(release: Path, name: str) -> None:
    with pytest.raises(ReleaseError) as refused:
        query.database("analyst", name)
    assert str(refused.value) == f"发布 {name}: 没有这次发布;请用 jiuzhu releases 查看"


def test_before_the_first_release_or_behind_a_dead_pointer_there_is_nothing_to_read(fresh_settings: Path) -> None:
    with pytest.raises(ReleaseError, match="还没有发布过"):
        query.database("analyst")
    settings().releases.mkdir(parents=True)
    (settings().releases / "current").symlink_to("gone")
    with pytest.raises(ReleaseError, match="还没有发布过"):
        query.database("analyst")


def test_columns_of_one_name_are_told_apart_by_a_number(release: Path) -> None:
    [row] = query.ask(release / "analyst.duckdb", "select 1 as a, 2 as b, 3 as a, 4 as a")
    assert list(row.items()) == [("a", 1), ("b", 2), ("a_2", 3), ("a_3", 4)]


def test_a_value_is_handed_over_and_never_written_into_the_query(release: Path) -> None:
    statement = "select count(*) as n from mart_figures where name = ?"
    path = release / "analyst.duckdb"
    assert query.ask(path, statement, ["dibao_persons"]) == [{"n": 1}]
    assert query.ask(path, statement, ["x' or '1' = '1"]) == [{"n": 0}]


def test_a_file_that_is_no_database_and_a_release_without_the_table_are_sentences(release: Path) -> None:
    (release / "public.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(ReleaseError) as refused:
        query.ask(release / "public.duckdb", "select 1")
    assert str(refused.value).startswith(f"{RUN}/public.duckdb: 打不开这个已发布的库(")
    with pytest.raises(ReleaseError, match=rf"^{RUN}/analyst\.duckdb: 这个发布里没有所需的表"):
        query.ask(release / "analyst.duckdb", "select * from mart_of_tomorrow")


@pytest.mark.parametrize(
    "statement",
    ["selekt 1", "select * from nothing", "select 1 / 'x'", "insert into release values (1)", "attach ':memory:' as x"],
)
def test_a_users_mistake_is_one_line(release: Path, statement: str) -> None:
    with pytest.raises(SettingsError) as refused:
        query.run(release / "analyst.duckdb", statement)
    said = str(refused.value)
    assert said.startswith("SQL: ")
    assert said.endswith(";请改正查询,表和列见 select * from duckdb_columns()")
    assert "\n" not in said


def test_several_statements_answer_with_the_last(release: Path) -> None:
    assert query.run(release / "analyst.duckdb", "select 1 as a; select 2 as b") == [{"b": 2}]


def test_a_question_leaves_no_file_and_no_byte_behind(release: Path) -> None:
    before = {path: path.read_bytes() for path in release.iterdir()}
    query.run(release / "analyst.duckdb", "select * from mart_regional_gap order by random()")
    with pytest.raises(SettingsError):
        query.run(release / "analyst.duckdb", "drop table mart_figures")
    assert {path: path.read_bytes() for path in release.iterdir()} == before


def test_no_setting_can_be_turned_back(release: Path) -> None:
    with query.connect(release / "analyst.duckdb") as connection:
        settings_of = dict(
            connection.execute(
                "select name, value from duckdb_settings() where name in "
                "('enable_external_access', 'lock_configuration', 'autoload_known_extensions', 'temp_directory')"
            ).fetchall()
        )
    assert settings_of == {
        "enable_external_access": "false",
        "lock_configuration": "true",
        "autoload_known_extensions": "false",
        "temp_directory": "",
    }
    for statement in ("set enable_external_access = true", "set lock_configuration = false", "reset temp_directory"):
        with pytest.raises(SettingsError, match=r"^SQL: "):
            query.run(release / "analyst.duckdb", statement)


def test_variables_of_this_program_are_no_tables(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without the locks, DuckDB takes a frame of that name for a table.
    monkeypatch.setattr(query, "secret", pl.DataFrame({"a": [1]}), raising=False)
    with pytest.raises(SettingsError, match="secret"):
        query.run(release / "analyst.duckdb", "select * from secret")


def test_no_column_is_lost_whatever_columns_are_called(fresh_settings: Path) -> None:
    path = publish(settings().data) / "analyst.duckdb"
    assert sorted(query.ask(path, "select 1 as a, 2 as a_2, 3 as a")[0].values()) == [1, 2, 3]
