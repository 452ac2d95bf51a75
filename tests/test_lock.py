"""One run at a time: whoever comes second is told so at once, and the lock ends with its holder."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from flows.errors import LockedError
from flows.lock import one_run
from flows.settings import settings


def hold(ready: Path) -> None:
    with one_run():
        ready.touch()
        time.sleep(60)


def test_a_second_run_is_refused_with_the_process_that_holds_the_lock(fresh_settings: Path) -> None:
    with one_run(), pytest.raises(LockedError, match=str(os.getpid())) as refused, one_run():
        pass
    assert refused.value.exit_code == 75


def test_the_lock_is_free_after_the_run_even_when_it_failed(fresh_settings: Path) -> None:
    with pytest.raises(ZeroDivisionError), one_run():
        _ = 1 // 0
    with one_run():
        assert settings().lock.read_text() == f"{os.getpid()}\n"


def test_the_lock_is_free_when_its_holder_was_killed(fresh_settings: Path) -> None:
    ready = fresh_settings / "ready"
    holder = multiprocessing.get_context("spawn").Process(target=hold, args=(ready,))
    holder.start()
    try:
        until = time.monotonic() + 30
        while not ready.exists() and time.monotonic() < until:
            time.sleep(0.05)
        with pytest.raises(LockedError), one_run():
            pass
    finally:
        os.kill(holder.pid or 0, signal.SIGKILL)
        holder.join()
    with one_run():
        pass
