"""One run at a time: an advisory lock on a file, which ends with the process however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from flows.errors import LockedError
from flows.settings import settings


@contextmanager
def one_run() -> Iterator[None]:
    """Hold the lock of the data folder; raise LockedError at once where another run holds it."""
    place = settings().lock
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(place, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = file.read().strip() or "?"
            raise LockedError(f"{place.name}: 另一次运行正占着(进程 {holder});请等它结束后再试") from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
