"""Every original by content hash, for its owner only, kept before anything is read."""

import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.errors import DeliveryError
from flows.settings import settings


def archived(content_hash: str) -> Path:
    """Return where the original of that content lies."""
    return settings().archive / content_hash[:2] / content_hash


def keep(source: Path | None, content_hash: str, file_name: str) -> Path:
    """Copy an original into the archive unless its content is there, and return its place.

    Raise DeliveryError where it cannot be read, or is not what was hashed: then it is still being written.
    """
    place = archived(content_hash)
    if place.exists():
        return place
    if source is None:
        raise DeliveryError(f"{file_name}: 原件不在存档里;请重新报送")
    try:
        with arriving() as copy:
            shutil.copyfile(source, copy)
            if content_of(copy) != content_hash:
                raise DeliveryError(f"{file_name}: 收取时文件还在变化;写完后下一夜再收")
            return settle(copy)
    except OSError as error:
        raise DeliveryError(f"{file_name}: 读不出来({error.strerror});请核对文件和权限") from error


@contextmanager
def arriving() -> Iterator[Path]:
    """Yield a new, empty file in the archive to write into; it is gone afterwards unless it was settled."""
    _owner_only(settings().archive)
    path = settings().archive / f"arriving.{os.getpid()}.{threading.get_ident()}"
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def settle(path: Path) -> Path:
    """Move a written file to the place of its content and return it."""
    place = archived(content_of(path))
    _owner_only(place.parent)
    if not place.exists():
        path.replace(place)
    return place


def content_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _owner_only(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
