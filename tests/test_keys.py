"""Keys are made once, kept from others, and never silently made anew."""

from pathlib import Path

import pytest

from flows.errors import SettingsError
from flows.keys import load_keys
from flows.settings import settings


def test_keys_are_made_where_nothing_is_landed_yet_and_only_their_owner_may_read_them(fresh_settings: Path) -> None:
    made = load_keys()
    assert load_keys() == made
    assert len(made.pseudonym) == 32
    assert [place.stat().st_mode & 0o777 for place in (settings().pseudonym_key, settings().vault_key)] == [0o600] * 2
    assert settings().keys.stat().st_mode & 0o777 == 0o700


def test_keys_never_show_themselves(fresh_settings: Path) -> None:
    made = load_keys()
    assert made.vault not in repr(made)
    assert made.pseudonym.hex() not in repr(made)


@pytest.mark.parametrize("lost", ["pseudonym_key", "vault_key"])
def test_a_lost_key_is_a_sentence_and_no_new_key(fresh_settings: Path, lost: str) -> None:
    load_keys()
    place = getattr(settings(), lost)
    place.unlink()
    with pytest.raises(SettingsError, match=r"密钥不在.*备份"):
        load_keys()
    assert not place.exists()


def test_both_keys_lost_with_data_landed_is_a_sentence_too(fresh_settings: Path) -> None:
    load_keys()
    for place in (settings().pseudonym_key, settings().vault_key):
        place.unlink()
    with pytest.raises(SettingsError, match="密钥不在"):
        load_keys()


def test_another_key_than_the_one_data_were_landed_with_is_refused(fresh_settings: Path) -> None:
    load_keys()
    settings().pseudonym_key.write_text("00" * 32)
    with pytest.raises(SettingsError, match="不是同一把密钥"):
        load_keys()


def test_a_key_that_others_may_read_or_that_is_cut_is_refused(fresh_settings: Path) -> None:
    load_keys()
    settings().vault_key.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_keys()
    settings().vault_key.chmod(0o600)
    settings().vault_key.write_text("00ff")
    with pytest.raises(SettingsError, match="长度不对"):
        load_keys()


def test_keys_do_not_lie_among_the_data(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIUZHU_KEYS", str(fresh_settings / "data" / "keys"))
    settings.cache_clear()
    with pytest.raises(SettingsError, match="不得放在数据文件夹里"):
        load_keys()
