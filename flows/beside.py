"""A second process, beside the night's own: Python does one thing at a time, and a machine has two cores.

It imports dbt and reads the project while files still land; later it builds, and hashes what is being copied.
"""

import atexit
import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from flows.quiet import collect_rarely

Given = ParamSpec("Given")
Made = TypeVar("Made")

_process: ProcessPoolExecutor | None = None


@contextmanager
def beside(first: Callable[[], Any]) -> Iterator[None]:
    """Let a second process begin with `first`; what is submitted inside runs there."""
    global _process
    _process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _start)
    _process.submit(first)
    try:
        yield
    finally:
        _process.shutdown(wait=False, cancel_futures=True)
        _process = None


def submit(work: Callable[Given, Made], *given: Given.args, **named: Given.kwargs) -> "Future[Made]":
    """Do some work in the second process, or here and now where there is none; work and words must be picklable."""
    if _process is not None:
        return _process.submit(work, *given, **named)
    done: Future[Made] = Future()
    done.set_result(work(*given, **named))
    return done


def _start() -> None:
    collect_rarely()
    atexit.register(gc.freeze)  # as the night itself does (flows/tonight.py)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A night that is killed must not leave somebody behind who writes into the file of the next.
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
