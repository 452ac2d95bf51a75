"""The append-only ledger of deliveries, `landing/deliveries.jsonl`: a delivery exists once its line stands here."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from flows.settings import settings

Event = dict[str, Any]
TAKEN = ("landed", "held", "refused")


def ledger() -> list[Event]:
    """Return every event, oldest first; a line that a crash left unfinished never was."""
    try:
        lines = _place().read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [_event(line) for line in lines if line.endswith(b"\n")]


@cache
def _event(line: bytes) -> Event:
    # The ledger is asked for each extract of a night, and a line never changes.
    return dict(json.loads(line))


def append(*events: Event) -> None:
    """Append events, on disk when this returns: the commit of their deliveries."""
    if not events:
        return
    _place().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    with _place().open("ab+") as file:
        _drop_unfinished(file)
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def landed_path(table: str, month: str, delivery_id: str) -> Path:
    """Return where a delivery's rows of one month (YYYY-MM, or `all`) lie."""
    return settings().landing / table / f"month={month}" / f"{delivery_id}.parquet"


def landed_files(table: str) -> list[Path]:
    """Return the Parquet files of a table's landed deliveries, every version, without those withdrawn."""
    events = ledger()
    gone = withdrawn(events)
    return [
        landed_path(table, month, event["delivery_id"])
        for event in events
        if event["event"] == "landed" and event["table_name"] == table and event["delivery_id"] not in gone
        for month in event["months"]
    ]


def current_files(table: str) -> list[Path]:
    """Return the Parquet files that hold the latest version of each month of a table."""
    events = ledger()
    of_table = {event["delivery_id"] for event in events if event.get("table_name") == table}
    return [
        landed_path(table, month, delivery_id)
        for delivery_id, months in current(events).items()
        if delivery_id in of_table
        for month in months
    ]


def withdrawn(events: list[Event]) -> set[str]:
    """Return the deliveries that were taken out again."""
    return {event["delivery_id"] for event in events if event["event"] == "withdrawn"}


def current(events: list[Event]) -> dict[str, tuple[str, ...]]:
    """Return each landed delivery that is the latest version of some months → these months."""
    gone = withdrawn(events)
    latest: dict[tuple[str, str, str, str], tuple[int, str]] = {}
    for event in events:
        if event["event"] == "landed" and event["delivery_id"] not in gone:
            for month in event["months"]:
                key = (event["table_name"], event["department_code"], event["extract_name"], month)
                latest[key] = max(latest.get(key, (0, "")), (event["delivery_sequence"], event["delivery_id"]))
    months: dict[str, list[str]] = {}
    for (*_, month), (_, delivery_id) in latest.items():
        months.setdefault(delivery_id, []).append(month)
    return {delivery_id: tuple(sorted(each)) for delivery_id, each in months.items()}


def standing() -> list[Event]:
    """Return the events that still count: not withdrawn, and not replaced in every month they hold."""
    events = ledger()
    gone = withdrawn(events)
    latest: dict[tuple[str, str, str], int] = {}
    for place, event in enumerate(events):
        if event["event"] in TAKEN and event["delivery_id"] not in gone:
            file = f"file {event.get('file_name')}"
            # What was refused has no month: it stands until a file of the same name is taken.
            latest.pop((event["department_code"], event["extract_name"], file), None)
            for month in event.get("months") or [file]:
                latest[event["department_code"], event["extract_name"], month] = place
    return [events[place] for place in sorted(set(latest.values()))]


def _place() -> Path:
    return settings().landing / "deliveries.jsonl"


def _drop_unfinished(file: Any) -> None:
    # Whole lines only: what a crash left behind the last newline would spoil the next line.
    end = file.tell()
    start = max(0, end - (1 << 20))
    file.seek(start)
    tail = file.read()
    if tail and not tail.endswith(b"\n"):
        file.truncate(start + tail.rfind(b"\n") + 1)
