"""The vault is unreadable without its own key, and grows without repeating itself."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.errors import SettingsError
from flows.settings import settings
from flows.vault import IDENTIFIERS, PEOPLE, open_vault

NAME, NUMBER, ADDRESS = "金丝雀张三", "339900195001010016", "望湖路 1 号金丝雀"


def fill(key: str) -> None:
    with open_vault(key) as vault:
        people = pl.DataFrame([(b"k" * 16, NUMBER, NAME, "valid", "a.b.c", 1)], schema=PEOPLE, orient="row")
        identifiers = pl.DataFrame([("address", b"h" * 16, ADDRESS, "a.b.c")], schema=IDENTIFIERS, orient="row")
        vault.add(people, identifiers)


def test_what_is_known_already_is_not_written_twice(fresh_settings: Path) -> None:
    for _ in range(2):
        fill("11" * 32)
    with open_vault("11" * 32) as vault:
        assert vault.people().rows() == [(b"k" * 16, NUMBER, NAME, "valid", "a.b.c", 1)]


def test_nothing_in_the_folder_of_the_vault_can_be_read_without_the_key(fresh_settings: Path) -> None:
    fill("11" * 32)
    for file in settings().vault.parent.rglob("*"):
        content = file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0
        assert not any(word.encode() in content for word in (NAME, NUMBER, ADDRESS))
    with pytest.raises(duckdb.Error):
        duckdb.connect(str(settings().vault), read_only=True)


def test_another_key_is_a_sentence_and_leaves_the_vault_as_it_was(fresh_settings: Path) -> None:
    fill("11" * 32)
    with pytest.raises(SettingsError, match="不是同一把密钥"), open_vault("22" * 32):
        pass
    with open_vault("11" * 32) as vault:
        assert vault.people().height == 1
