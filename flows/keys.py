"""The two keys: of the pseudonyms and of the vault. Made once, where there is nothing yet they could belong to.

A lost key is a sentence, never silently a new one: that would make everybody a stranger.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from flows.errors import SettingsError
from flows.settings import settings

KEY_BYTES = 32
FINGERPRINT = "pseudonym.fingerprint"


@dataclass(frozen=True, repr=False)
class Keys:
    """The key of the pseudonyms (bytes) and of the vault (text); never printed."""

    pseudonym: bytes
    vault: str


def load_keys() -> Keys:
    """Return both keys; make them where neither landing nor a vault exists; else raise SettingsError."""
    places = settings().pseudonym_key, settings().vault_key
    if settings().data in (settings().keys, *settings().keys.parents):
        raise SettingsError(f"{settings().keys}: 密钥不得放在数据文件夹里;请用 JIUZHU_KEYS 指到别处")
    missing = [place for place in places if not place.exists()]
    if len(missing) == len(places) and not _anything_landed():
        settings().keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        for place in places:
            _write_new(place, secrets.token_hex(KEY_BYTES))
    elif missing:
        names = "、".join(str(place) for place in missing)
        raise SettingsError(f"{names}: 密钥不在,而数据是用它加的密;请从备份放回(新造一把会使所有人变成陌生人)")
    pseudonym, vault = (_read(place) for place in places)
    _check_fingerprint(pseudonym)
    return Keys(pseudonym=pseudonym, vault=vault.hex())


def throwaway_keys() -> Keys:
    """Return keys for a look at a file that lands nothing."""
    return Keys(pseudonym=secrets.token_bytes(KEY_BYTES), vault=secrets.token_hex(KEY_BYTES))


def _anything_landed() -> bool:
    return settings().vault.exists() or any(settings().landing.glob("*"))


def _write_new(place: Path, text: str) -> None:
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text + "\n")


def _read(place: Path) -> bytes:
    try:
        if place.stat().st_mode & 0o077:
            raise SettingsError(f"{place}: 别人也能读这把密钥;请运行 chmod 600 {place}")
        key = bytes.fromhex(place.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{place}: 读不出密钥;请从备份放回原文件") from error
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{place}: 密钥长度不对;请从备份放回原文件")
    return key


def _check_fingerprint(key: bytes) -> None:
    # A keyed hash of a constant tells a swapped key apart and gives nothing away.
    seen = hmac.digest(key, b"fingerprint", hashlib.sha256).hex()[:16]
    place = settings().landing / FINGERPRINT
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.write_text(seen + "\n", encoding="ascii")
    elif place.read_text(encoding="ascii").strip() != seen:
        raise SettingsError(f"{settings().pseudonym_key}: 与已落地的数据不是同一把密钥;请放回原来的密钥")
