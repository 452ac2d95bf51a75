"""A department's database is taken as its result a month, and never written to."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from flows.archive import archived
from flows.land import land
from flows.receive import pending
from flows.settings import settings
from tests.small import landed, number, open_door

COLUMNS = ["jsyf", "jslsh", "sfzh", "xm", "jzrq", "jsrq", "rylb", "zfy", "zcfwnfy", "jbyb", "dbbx", "yljz"]
COLUMNS += ["qtbz", "grfdhl", "ddbz"]


@pytest.fixture(autouse=True)
def _door(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_door(monkeypatch)


@contextmanager
def database() -> Iterator[sqlite3.Connection]:
    path = settings().inbox / "medical_insurance" / "settlements.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"create table if not exists settlement ({', '.join(COLUMNS)})")
        yield connection


def insert(connection: sqlite3.Connection, month: str, serial: int, total: float = 100.5) -> None:
    day = f"{month}-10"
    row = [
        month,
        f"S{serial:04d}",
        number(serial=serial),
        f"张{serial}",
        day,
        day,
        "低保",
        total,
        90,
        50,
        0,
        20,
        0,
        20,
        0,
    ]
    connection.execute(f"insert into settlement values ({', '.join('?' * len(row))})", row)


def test_each_month_is_a_delivery_archived_in_key_order_and_an_unchanged_one_is_not_new() -> None:
    with database() as connection:
        for serial in (3, 1, 2):
            insert(connection, "2025-05", serial)
        insert(connection, "2025-06", 4)
    found = pending()
    assert [each.file_name for each in found] == ["医疗费用结算明细 2025-05", "医疗费用结算明细 2025-06"]
    lines = archived(found[0].content_hash).read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[1] for line in lines] == ["jslsh", "S0001", "S0002", "S0003"]
    assert archived(found[0].content_hash).stat().st_mode & 0o777 == 0o600
    assert {event["event"] for event in land(found)} == {"landed"}
    assert landed("settlements").height == 4
    assert pending() == []


def test_the_order_of_rows_in_the_database_does_not_make_a_new_delivery_and_a_changed_month_does() -> None:
    with database() as connection:
        insert(connection, "2025-05", 1)
        insert(connection, "2025-05", 2)
        insert(connection, "2025-06", 3)
    land(pending())
    with database() as connection:
        connection.execute("delete from settlement where jslsh = 'S0001'")
        insert(connection, "2025-05", 1)
    assert pending() == []
    with database() as connection:
        connection.execute("update settlement set zfy = 200 where jslsh = 'S0003'")
    [changed] = pending()
    assert changed.file_name.endswith("2025-06")
    land([changed])
    assert [str(amount) for amount in landed("settlements")["total_amount_yuan"]] == ["100.50", "100.50", "200.00"]


def test_a_database_that_was_not_delivered_is_nothing_new_and_none_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pending() == []
    assert not list(settings().data.rglob("*.sqlite"))


def test_a_database_that_cannot_be_read_is_a_sentence_without_its_address_and_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = "postgresql+psycopg://someone:geheim@127.0.0.1:1/none"
    monkeypatch.setenv("JIUZHU_DATABASES", '{"medical_insurance": "' + address + '"}')
    settings.cache_clear()
    [found] = pending()
    assert "医保局" in (found.problem or "")
    assert "geheim" not in (found.problem or "")
    [event] = land([found])
    assert event["event"] == "refused"
    assert len(pending()) == 1


def test_a_table_without_the_month_is_a_sentence() -> None:
    path = settings().inbox / "medical_insurance" / "settlements.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table settlement (jslsh)")
    [found] = pending()
    assert "jsyf" in (found.problem or "")


def test_reading_leaves_the_database_as_it_was() -> None:
    with database() as connection:
        insert(connection, "2025-05", 1)
    path = settings().inbox / "medical_insurance" / "settlements.sqlite"
    before = path.read_bytes(), path.stat().st_mtime_ns
    pending()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]
