"""Questions to a published release: opened read-only, without files, network or settings to change.

A release is never written; a query can neither read nor write any other file.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.errors import ReleaseError, SettingsError
from flows.settings import settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AUDIENCES = ("analyst", "public")
Row = dict[str, Any]

# The order matters: with external access off, the temp directory can no longer be changed.
_LOCKS = (
    "set temp_directory = ''",
    "set python_enable_replacements = false",
    "set enable_external_access = false",
    "set lock_configuration = true",
)


def database(audience: str, release: str | None = None) -> Path:
    """Return the database of the served release, or of the one named; raise ReleaseError where there is none."""
    folder = settings().releases / (release or "current")
    if release is not None and (
        release in ("current", ".", "..") or Path(release).name != release or not folder.is_dir()
    ):
        raise ReleaseError(f"发布 {release}: 没有这次发布;请用 jiuzhu releases 查看")
    path = folder.resolve() / f"{audience}.duckdb"  # the pointer may move while we read: hold on to one release
    if not path.is_file():
        raise ReleaseError("还没有发布过;请先运行 jiuzhu nightly")
    return path


def connect(database: Path) -> "DuckDBPyConnection":
    """Open a published database read-only and locked in; the caller closes it."""
    import duckdb

    try:
        connection = duckdb.connect(
            str(database),
            read_only=True,
            config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"},
        )
        for lock in _LOCKS:
            connection.execute(lock)
    except duckdb.Error as error:
        raise ReleaseError(
            f"{database.parent.name}/{database.name}: 打不开这个已发布的库({type(error).__name__});"
            "请用 jiuzhu releases 查看可用的发布,或运行 jiuzhu nightly --rebuild"
        ) from error
    return connection


def ask(database: Path, query: str, parameters: list[Any] | None = None) -> list[Row]:
    """Return the rows of our own query; columns of equal name are told apart by a number."""
    import duckdb

    with connect(database) as connection:
        try:
            result = connection.execute(query, parameters or [])
            names = _unique([column[0] for column in result.description or []])
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        except duckdb.CatalogException as error:
            where = f"{database.parent.name}/{database.name}"
            raise ReleaseError(f"{where}: 这个发布里没有所需的表;请运行 jiuzhu nightly --rebuild 重新发布") from error


def run(database: Path, query: str) -> list[Row]:
    """Return the rows of a user's query; raise SettingsError with one sentence where it is wrong."""
    import duckdb

    with connect(database) as connection:
        try:
            result = connection.execute(query)
            if result is None or result.description is None:
                raise SettingsError('SQL: 没有可执行的语句;例:jiuzhu sql "select * from mart_figures"')
            names = _unique([column[0] for column in result.description])
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        except duckdb.Error as error:
            first = str(error).strip().splitlines()[0]
            raise SettingsError(f"SQL: {first};请改正查询,表和列见 select * from duckdb_columns()") from error


def literal(value: object) -> str:
    """Return a text or a path as SQL writes it."""
    return "'" + str(value).replace("'", "''") + "'"


def _unique(names: list[str]) -> list[str]:
    unique: list[str] = []
    for name in names:
        free, number = name, 1
        while free in unique:
            number += 1
            free = f"{name}_{number}"
        unique.append(free)
    return unique
