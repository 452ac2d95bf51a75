"""Takes what is pending, table by table: archive → read → conform → identify → check → landing; the ledger's line last.

A delivery exists once its line stands in the ledger; whatever a night that died left beside it is overwritten.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

import polars as pl

from flows import ledger
from flows.archive import archived, keep
from flows.areas import Areas, load_areas
from flows.declarations import Table, departments, tables
from flows.delivery import Context, Delivery, correction_lines, hold, month_of, refine
from flows.errors import DeliveryError, SettingsError
from flows.excel import Workbooks
from flows.identify import identifiers, landed, mentions, people
from flows.keys import Keys, load_keys
from flows.ledger import Event
from flows.read import read
from flows.receive import Pending, fingerprint
from flows.settings import settings
from flows.vault import Vault, open_vault

Progress = Callable[[str], None]
Begun = tuple[Table, list[Delivery], Iterator[Delivery]]  # a batch, and what is being read of it
# What other tables are resolved against comes first.
FIRST = ("divisions", "division_changes", "area_decisions")
AREA_SOURCES = ("divisions", "area_decisions")
BATCH_BYTES = 64 << 20  # files of one table that are in memory together, twice; as cells they take ten times that
NO_AREAS = "还没有区划代码表,村(社区)无从核对;请先报送区划代码表,这一份下一夜自动再收"


def land(pending: list[Pending], progress: Progress = lambda sentence: None) -> list[Event]:
    """Land everything pending and return the events; what is refused or held back does not stop the others."""
    keys = load_keys()
    sequence = max((event.get("delivery_sequence") or 0 for event in ledger.ledger()), default=0)
    deliveries = [Delivery(each, sequence + place) for place, each in enumerate(pending, start=1)]
    with Readers(settings().threads) as readers, open_vault(keys.vault) as vault:
        night = _Night(keys, datetime.now(UTC).replace(microsecond=0), readers, vault, progress)
        events = night.take(deliveries)
        if any(event["event"] == "landed" and event["table_name"] in AREA_SOURCES for event in events):
            again = _to_read_again({event["delivery_id"] for event in events})
            first = sequence + len(deliveries) + 1
            events += night.take([Delivery(each, first + place) for place, each in enumerate(again)], only_better=True)
    return events


def withdraw(delivery_id: str, reason: str) -> Event:
    """Take a delivery out again, with every reading of the same content; raise SettingsError if there is none."""
    events = ledger.ledger()
    gone = ledger.withdrawn(events)
    landings = [event for event in events if event["event"] == "landed"]
    found = next((event for event in landings if event["delivery_id"] == delivery_id), None)
    if found is None:
        raise SettingsError(f"{delivery_id}: 没有这批已收的报表;批次号见 jiuzhu status 或质量页")
    if delivery_id in gone:
        raise SettingsError(f"{delivery_id}: 这批报表已经撤回过")
    kept = ("delivery_id", "department_code", "extract_name", "table_name", "file_name", "content_hash", "months")
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    taken_out = [
        {"event": "withdrawn", "received_at": now, "reason": reason} | {key: event[key] for key in kept}
        for event in landings
        if event["delivery_id"] not in gone and _content(event) == _content(found)
    ]
    ledger.append(*taken_out)
    return next(event for event in taken_out if event["delivery_id"] == delivery_id)


def _to_read_again(tonight: set[str]) -> list[Pending]:
    """Return what landed before tonight, is still current, and names places that nobody could resolve."""
    events = ledger.ledger()
    current = ledger.current(events)
    readings: dict[tuple[str, ...], int] = defaultdict(int)
    for event in events:
        if event["event"] in ledger.TAKEN:
            readings[_content(event)] += 1
    return [
        Pending(
            department=event["department_code"],
            extract=event["extract_name"],
            table=event["table_name"],
            file_name=event["file_name"],
            content_hash=event["content_hash"],
            attempt=readings[_content(event)] + 1,
            months=current[event["delivery_id"]],
            unresolved=event["areas_unresolved"],
        )
        for event in events
        if event["event"] == "landed"
        and event["areas_unresolved"]
        and event["delivery_id"] in current
        and event["delivery_id"] not in tonight
        and _is_declared(event)
    ]


def _content(event: Event) -> tuple[str, ...]:
    return event["department_code"], event["extract_name"], event["content_hash"]


def _is_declared(event: Event) -> bool:
    department = departments().get(event["department_code"])
    return department is not None and any(each.name == event["extract_name"] for each in department.extracts)


class Readers:
    """Reads several files at a time, each thread with a child of its own for workbooks."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads)
        self._workbooks = [Workbooks() for _ in range(threads)]
        self._idle: SimpleQueue[Workbooks] = SimpleQueue()
        for each in self._workbooks:
            self._idle.put(each)

    def __enter__(self) -> "Readers":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        for each in self._workbooks:
            each.close()

    def each(self, work: "Callable[[Delivery, Workbooks], Delivery]", group: list[Delivery]) -> Iterator[Delivery]:
        """Begin the work on all and return an iterator: each delivery, in order, when its work is done."""

        def borrowed(each: Delivery) -> Delivery:
            workbooks = self._idle.get()
            try:
                return work(each, workbooks)
            finally:
                self._idle.put(workbooks)

        return self._pool.map(borrowed, group)


@dataclass
class _Night:
    """What every table of one landing needs."""

    keys: Keys
    now: datetime
    readers: Readers
    vault: Vault
    progress: Progress
    _areas: Areas | None = None

    def take(self, deliveries: list[Delivery], only_better: bool = False) -> list[Event]:
        """Land deliveries table by table; `only_better` drops a reading that resolves no more than the last."""
        by_table: dict[str, list[Delivery]] = defaultdict(list)
        for each in deliveries:
            by_table[each.pending.table].append(each)
        self._areas = None
        events = [self._refuse(each) for each in by_table.pop("", [])]
        names = (*FIRST, *(name for name in tables() if name not in FIRST))
        batches = [(tables()[name], batch) for name in names for batch in _batches(by_table.get(name, []))]
        for table, batch, being_read in self._ahead(batches):
            events += self._batch(table, batch, being_read, only_better)
        return events

    def _ahead(self, batches: list[tuple[Table, list[Delivery]]]) -> Iterator[Begun]:
        # While one batch is worked on, the next is being read: readers and this thread need not wait for each other.
        begun: deque[Begun] = deque()
        for table, batch in batches:
            begun.append((table, batch, self._read(table, batch)))
            if len(begun) > 1:
                yield begun.popleft()
        yield from begun

    def _refuse(self, each: Delivery) -> Event:
        each.refusal = each.pending.problem
        event = self._event(each)
        if each.pending.content_hash:  # else nothing tells it apart, and it is looked at again next night
            ledger.append(event)
        return event

    def _batch(
        self, table: Table, group: list[Delivery], being_read: Iterator[Delivery], only_better: bool
    ) -> list[Event]:
        self._wait(table, group, being_read)
        readable = [each for each in group if each.reading is not None]
        if readable:
            has_areas = any(column.from_ for column in table.columns)
            areas = self.areas if has_areas else Areas.nothing()
            context = Context(areas, self.keys.pseudonym, self.now, self.vault.people(), _usual)
            rows = refine(table, readable, context)
            if only_better:
                group = readable = [each for each in readable if each.areas_unresolved < each.pending.unresolved]
            hold(table, _of(rows, readable), readable)
            good = [each for each in readable if not each.failures]
            self._write(table, _of(rows, good), good)
        for each in readable:
            _write_rejected(each)
        events = [self._event(each) for each in group]
        ledger.append(*(event for event, each in zip(events, group, strict=True) if each.is_recorded))
        for each in group:
            each.reading = None  # cells are not held longer than they are needed
        return events

    @property
    def areas(self) -> Areas:
        if self._areas is None:
            self._areas = load_areas()
        return self._areas

    def _read(self, table: Table, group: list[Delivery]) -> Iterator[Delivery]:
        to_read = [each for each in group if not each.pending.problem]
        return self.readers.each(lambda each, workbooks: _read(table, each, workbooks), to_read)

    def _wait(self, table: Table, group: list[Delivery], being_read: Iterator[Delivery]) -> None:
        for each in being_read:
            self.progress(f"{each.pending.declaration.label} {each.pending.file_name}")
        needs_areas = any(column.from_ for column in table.columns)
        for each in group:
            if each.pending.problem:
                each.refusal, each.is_recorded = each.pending.problem, False
            elif needs_areas and not self.areas.is_known:
                each.reading = None
                each.refusal, each.is_recorded = f"{each.pending.file_name}: {NO_AREAS}", False

    def _write(self, table: Table, rows: pl.DataFrame, deliveries: list[Delivery]) -> None:
        if not deliveries:
            return
        parts = landed(rows, table).partition_by("delivery_id", "report_month", as_dict=True)
        by_name = {(str(delivery_id), month_of(month)): part for (delivery_id, month), part in parts.items()}
        nothing = landed(rows.clear(), table)
        for each in deliveries:
            for month in each.pending.months or each.rows_by_month:
                path = ledger.landed_path(table.name, month, each.delivery_id)
                _write_parquet(by_name.get((each.delivery_id, month), nothing), path)
        self.vault.add(people(rows), identifiers(rows, table))
        self.vault.mention(mentions(rows, table))

    def _event(self, each: Delivery) -> Event:
        pending, reading = each.pending, each.reading
        kind, reason = "landed", None
        if reading is None:
            kind, reason = "refused", each.refusal
        elif each.failures:
            kind = "held"
            reason = f"{pending.file_name}: 没有通过收件检查({'、'.join(each.failures)});请更正后重报"
        by_month = {
            month: count for month, count in each.rows_by_month.items() if not pending.months or month in pending.months
        }
        return {
            "event": kind,
            "delivery_id": each.delivery_id,
            "delivery_sequence": each.sequence,
            "department_code": pending.department,
            "extract_name": pending.extract,
            "table_name": pending.table,
            "file_name": pending.file_name,
            "content_hash": pending.content_hash,
            "declaration": fingerprint(pending.declaration) if pending.extract else "",
            "received_at": self.now.isoformat(),
            "months": list(by_month),
            "rows_by_month": by_month,
            "encoding": reading.encoding if reading else None,
            "sheets": reading.sheets if reading else [],
            "header_rows": reading.header_rows if reading else {},
            "mapped": reading.mapped if reading else {},
            "rows_read": reading.rows_read if reading else 0,
            "rows_good": each.rows_good,
            "rows_rejected": each.rows_rejected,
            "rows_skipped": each.rows_skipped,
            "rejects_by_reason": each.rejects_by_reason,
            "areas_unresolved": each.areas_unresolved,
            "areas_matched": each.areas_matched,
            "ids_checked": each.ids_checked,
            "ids_valid": each.ids_valid,
            "medians": each.medians,
            "warnings": each.warnings,
            "findings": each.findings,
            "reason": reason,
        }


def _read(table: Table, each: Delivery, workbooks: Workbooks) -> Delivery:
    pending = each.pending
    try:
        original = keep(pending.path, pending.content_hash, pending.file_name)
        each.reading = read(original, pending.file_name, pending.declaration, table, workbooks)
        each.warnings += each.reading.warnings
    except DeliveryError as error:
        each.refusal = str(error)
    return each


def _batches(group: list[Delivery]) -> Iterator[list[Delivery]]:
    batch: list[Delivery] = []
    size = 0
    for each in group:
        place = each.pending.path or archived(each.pending.content_hash)
        weight = place.stat().st_size if place.exists() else 0
        if batch and size + weight > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += weight
    if batch:
        yield batch


def _usual(department: str, extract: str) -> dict[str, list[float]]:
    usual: dict[str, list[float]] = defaultdict(list)
    events = ledger.ledger()
    current = ledger.current(events)
    for event in events:
        is_own = (event["department_code"], event["extract_name"]) == (department, extract)
        if is_own and event["event"] == "landed" and event["delivery_id"] in current:
            for column, median in event["medians"].items():
                usual[column].append(median)
    return usual


def _of(rows: pl.DataFrame, deliveries: list[Delivery]) -> pl.DataFrame:
    return rows.filter(pl.col("delivery_id").is_in([each.delivery_id for each in deliveries]))


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".part")
    frame.write_parquet(temporary, compression="zstd")
    temporary.replace(path)


def _write_rejected(each: Delivery) -> None:
    path = settings().rejected / f"{each.delivery_id}.parquet"
    if each.problems.is_empty():
        path.unlink(missing_ok=True)
    else:
        _write_parquet(correction_lines(each), path)
