"""The vault: an encrypted database that alone knows who a key is. Never published; its key lies elsewhere.

DuckDB writes encrypted files only with the crypto of its httpfs extension, loaded by path from its wheel.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from flows.errors import SettingsError
from flows.query import literal
from flows.settings import settings

if TYPE_CHECKING:
    import duckdb

PEOPLE = {
    "person_key": pl.Binary,
    "id_number": pl.String,
    "person_name": pl.String,
    "id_status_code": pl.String,
    "first_delivery_id": pl.String,
    "first_sequence": pl.Int64,
}
# What each list says of a person, for matching; nothing is an empty text, so that the whole row is the key.
MENTIONS = {
    "person_key": pl.Binary,
    "table_name": pl.String,
    "id_status_code": pl.String,
    "person_name": pl.String,
    "birth": pl.String,  # YYYY, YYYY-MM or YYYY-MM-DD, as far as it is known
    "area_codes": pl.String,  # joined by 、
    "phone": pl.String,
}
IDENTIFIERS = {"kind": pl.String, "key": pl.Binary, "value": pl.String, "first_delivery_id": pl.String}

TABLES = """
create table if not exists vault.people (
    person_key blob not null,
    id_number varchar,
    person_name varchar not null,
    id_status_code varchar not null,
    first_delivery_id varchar not null,
    first_sequence bigint not null,
    primary key (person_key, person_name)
);
create table if not exists vault.identifiers (
    kind varchar not null,
    key blob not null,
    value varchar not null,
    first_delivery_id varchar not null,
    primary key (kind, key, value)
);
create table if not exists vault.mentions (
    person_key blob not null,
    table_name varchar not null,
    id_status_code varchar not null,
    person_name varchar not null,
    birth varchar not null,
    area_codes varchar not null,
    phone varchar not null
);
"""


class Vault:
    """The open vault."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection") -> None:
        self.connection = connection

    def add(self, people: pl.DataFrame, identifiers: pl.DataFrame) -> None:
        """Add what is not known yet, both tables in one transaction."""
        self.connection.begin()
        for name, frame in (("people", people), ("identifiers", identifiers)):
            if not frame.is_empty():
                self.connection.register("arriving", frame.to_arrow())
                self.connection.execute(f"insert or ignore into vault.{name} select * from arriving")
                self.connection.unregister("arriving")
        self.connection.commit()

    def mention(self, mentions: pl.DataFrame) -> None:
        """Add what lists say of persons that they did not say before."""
        if not mentions.is_empty():
            self.connection.register("arriving", mentions.to_arrow())
            self.connection.execute(
                "insert into vault.mentions select * from arriving except select * from vault.mentions "
            )
            self.connection.unregister("arriving")

    def mentions(self) -> pl.DataFrame:
        """Return what every list ever said of a person, in no order."""
        return self.connection.execute("select * from vault.mentions").pl()

    def people(self) -> pl.DataFrame:
        """Return every person ever seen, in the order they were learnt: keys, names, status, first delivery."""
        return self.connection.execute("select * from vault.people order by rowid").pl()

    def named(self, keys: list[bytes]) -> dict[bytes, dict[str, str]]:
        """Return id_number and person_name of these keys, as they were last told."""
        rows = self.connection.execute(
            "select person_key, arg_max(coalesce(id_number, ''), rowid), arg_max(person_name, rowid) "
            "from vault.people where person_key in (select unnest(?::blob[])) group by person_key",
            [keys],
        ).fetchall()
        return {bytes(key): {"id_number": number, "person_name": name} for key, number, name in rows}


@contextmanager
def open_vault(key: str) -> Iterator[Vault]:
    """Open the vault, made where there is none; raise SettingsError where the key is not its own."""
    import duckdb

    place = settings().vault
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        connection.execute(f"load {literal(_httpfs())}")
        connection.execute("set disabled_filesystems = 'HTTPFileSystem,S3FileSystem,HuggingFaceFileSystem'")
        # What does not fit into memory is written beside the vault, and encrypted as well.
        connection.execute(f"set temp_directory = {literal(place.parent / 'temp')}")
        connection.execute("set temp_file_encryption = true")
        try:
            connection.execute(f"attach {literal(place)} as vault (encryption_key '{key}')")
        except duckdb.Error as error:
            if "key" in str(error).lower():
                raise SettingsError(f"{settings().vault_key}: 与保险库不是同一把密钥;请放回原来的密钥") from error
            raise SettingsError(f"{place}: 保险库打不开;请确认没有别的程序占用") from error
        connection.execute("set enable_external_access = false")
        place.chmod(0o600)
        connection.execute(TABLES)
        yield Vault(connection)
        connection.execute("checkpoint vault")
    finally:
        connection.close()


def _httpfs() -> Path:
    spec = find_spec("duckdb_extension_httpfs")
    folder = Path(next(iter(spec.submodule_search_locations or ()))) if spec else None
    found = sorted(folder.rglob("*.duckdb_extension")) if folder else []
    if not found:
        raise SettingsError("缺少 duckdb-extension-httpfs:没有它不能加密保险库;请按 requirements.lock 重建环境")
    return found[0]
