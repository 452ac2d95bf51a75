"""Whether there is anything to do tonight, decided before anything heavy is imported; then the night itself."""

import gc
import threading
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from flows.errors import SettingsError
from flows.keys import load_keys
from flows.lock import one_run
from flows.quiet import be_quiet, collect_rarely, tidy
from flows.receive import ledger, pending
from flows.release import manifests
from flows.server import of_the_night

Event = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How a night ended: the release it published (None: nothing new), and what became of each file."""

    exit_code: int = 0
    published: str | None = None
    events: list[Event] = field(default_factory=list)


def run(inbox: Path | None = None, rebuild: bool = False, as_of: date | None = None) -> Outcome:
    """Run one night and return how it ended.

    Raise LockedError where another run holds the lock, SettingsError or DeclarationError before anything is touched,
    BuildError where build or audit refused: then yesterday's release stays served.
    """
    if inbox is not None and not inbox.is_dir():
        raise SettingsError(f"--inbox {inbox}: 没有这个文件夹;请核对路径")
    be_quiet()
    with one_run():
        load_keys()
        if not (rebuild or as_of or is_unpublished() or pending(inbox)):
            return Outcome()
        tidy()
        collect_rarely()
        with of_the_night() as wait_for_server:
            from flows.nightly import nightly

            threading.Thread(target=_import_ahead, daemon=True).start()
            wait_for_server()
            try:
                return nightly(str(inbox) if inbox else None, rebuild, as_of)
            finally:
                gc.freeze()  # or Python looks through all of them once more on its way out: 1.4 s


def position(events: list[Event]) -> int:
    """Return how far the ledger has come: deliveries taken or taken out again, not files nobody declared."""
    return sum(bool(event["extract_name"]) for event in events)


def is_unpublished() -> bool:
    """Return whether the ledger holds deliveries that no release was made of.

    The newest release tells, not the served one: after a rollback, a night with nothing new stays rolled back.
    """
    newest = manifests()[:1]
    return position(ledger()) != (newest[0]["ledger_position"] if newest else 0)


def _import_ahead() -> None:
    # While Prefect's server rises in its own process, these are imported here: they take as long.
    import duckdb  # noqa: F401
    import great_expectations  # noqa: F401
    import polars  # noqa: F401
