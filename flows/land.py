"""Takes what is pending, table by table: archive → read → conform → identify → check → landing; the ledger's line last.

A delivery exists once its line stands in the ledger; whatever a night that died left beside it is overwritten.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from flows import receive
from flows.areas import Areas, load_areas
from flows.conform import Conformed, conform
from flows.declarations import Table, tables
from flows.errors import BuildError, DeliveryError, SettingsError
from flows.excel import Workbooks
from flows.identify import identifiers, identify, landed, people
from flows.keys import Keys, load_keys
from flows.read import SKIPPED, Reading, read
from flows.receive import Event, Pending
from flows.settings import settings
from flows.vault import Vault, open_vault

Progress = Callable[[str], None]
# What other tables are resolved against comes first.
FIRST = ("divisions", "division_changes", "area_decisions")
AREA_SOURCES = ("divisions", "area_decisions")
NO_AREAS = "还没有区划代码表,村社区无从核对;请先报送区划代码表,这一份下一夜自动再收"
REJECTED = ("file_name", "sheet", "row_number", "column", "reason_code", "reason", "advice", "taken")
TAKEN, NOT_TAKEN = "已收,待更正", "未收"


@dataclass
class Delivery:
    """One pending file on its way: what was read, and in the end its event."""

    pending: Pending
    sequence: int
    reading: Reading | None = None
    refusal: str | None = None
    is_recorded: bool = True
    rows_by_month: dict[str, int] = field(default_factory=dict)
    problems: pl.DataFrame | None = None
    warnings: list[str] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    rows_good: int = 0

    @property
    def delivery_id(self) -> str:
        return self.pending.delivery_id


def land(pending: list[Pending], progress: Progress = lambda sentence: None) -> list[Event]:
    """Land everything pending and return the events; refused and held ones do not stop the others."""
    keys = load_keys()
    now = datetime.now(UTC).replace(microsecond=0)
    sequence = max((event.get("delivery_sequence") or 0 for event in receive.ledger()), default=0)
    deliveries = [Delivery(each, sequence + place) for place, each in enumerate(pending, start=1)]
    with Workbooks() as workbooks, open_vault(keys.vault) as vault:
        workbooks.start()
        night = Night(keys, now, workbooks, vault, progress)
        events = night.take(deliveries)
        if any(event["event"] == "landed" and event["table_name"] in AREA_SOURCES for event in events):
            sequence += len(deliveries)
            again = [Delivery(each, sequence + place) for place, each in enumerate(reread(events), start=1)]
            events += night.take(again, only_better=True)
    return events


def withdraw(delivery_id: str, reason: str) -> Event:
    """Take a delivery out again, with every reading of the same content; raise SettingsError if there is none."""
    events = receive.ledger()
    gone = receive.withdrawn(events)
    landings = [event for event in events if event["event"] == "landed"]
    found = next((event for event in landings if event["delivery_id"] == delivery_id), None)
    if found is None:
        raise SettingsError(f"{delivery_id}: 没有这批已收的报表;批次号见 jiuzhu status 或质量页")
    if delivery_id in gone:
        raise SettingsError(f"{delivery_id}: 这批报表已经撤回过")
    same = ("department_code", "extract_name", "content_hash")
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    taken_out = [
        {
            key: event[key]
            for key in ("delivery_id", "department_code", "extract_name", "table_name", "file_name", "months")
        }
        | {"event": "withdrawn", "content_hash": event["content_hash"], "received_at": now, "reason": reason}
        for event in landings
        if event["delivery_id"] not in gone and all(event[key] == found[key] for key in same)
    ]
    receive.append(*taken_out)
    return taken_out[-1]


def reread(tonight: Iterable[Event] = ()) -> list[Pending]:
    """Return the landed deliveries, still current, that hold places nobody could resolve: to be read again."""
    new = {event["delivery_id"] for event in tonight}
    events = receive.ledger()
    current = receive.current(events)
    attempts: dict[tuple[str, ...], int] = defaultdict(int)
    for event in events:
        if event["event"] in receive.TAKEN:
            attempts[_content(event)] += 1
    return [
        Pending(
            department=event["department_code"],
            extract=event["extract_name"],
            table=event["table_name"],
            file_name=event["file_name"],
            content_hash=event["content_hash"],
            path=None,
            attempt=attempts[_content(event)] + 1,
            months=current[event["delivery_id"]],
            unresolved=event["areas_unresolved"],
        )
        for event in events
        if event["event"] == "landed"
        and event.get("areas_unresolved")
        and event["delivery_id"] in current
        and event["delivery_id"] not in new
        and _is_declared(event)
    ]


def _content(event: Event) -> tuple[str, ...]:
    return event["department_code"], event["extract_name"], event["content_hash"]


def _is_declared(event: Event) -> bool:
    from flows.declarations import departments

    department = departments().get(event["department_code"])
    return department is not None and any(each.name == event["extract_name"] for each in department.extracts)


@dataclass
class Night:
    """What every table of one landing needs."""

    keys: Keys
    now: datetime
    workbooks: Workbooks
    vault: Vault
    progress: Progress
    _areas: Areas | None = None

    def take(self, deliveries: list[Delivery], only_better: bool = False) -> list[Event]:
        """Land deliveries table by table; `only_better` drops a reading that resolves no more than the last."""
        by_table: dict[str, list[Delivery]] = defaultdict(list)
        for each in deliveries:
            by_table[each.pending.table].append(each)
        order = [*FIRST, *(name for name in tables() if name not in FIRST), ""]
        self._areas = None
        events: list[Event] = []
        for name in order:
            if group := by_table.get(name):
                events += self._table(tables().get(name), group, only_better)
        return events

    def _table(self, table: Table | None, group: list[Delivery], only_better: bool) -> list[Event]:
        for each in group:
            self._read(each, table)
        readable = [each for each in group if each.reading is not None]
        frame = self._conform_and_identify(table, readable) if table and readable else None
        if only_better:
            group = [each for each in group if _unresolved(each) < each.pending.unresolved]
            readable = [each for each in group if each.reading is not None]
        held: set[str] = set()
        if table and frame is not None and readable:
            frame = frame.filter(pl.col("delivery_id").is_in([each.delivery_id for each in readable]))
            held = self._check(table, frame, readable)
            kept = frame.filter(pl.col("delivery_id").is_in(list(held)).not_())
            self._write(table, kept, [each for each in readable if each.delivery_id not in held])
        for each in group:
            if each.problems is not None:
                _write_rejected(each)
        events = [self._event(each, table, held) for each in group]
        receive.append(*(event for event, each in zip(events, group, strict=True) if each.is_recorded))
        return events

    def _read(self, each: Delivery, table: Table | None) -> None:
        if each.pending.problem or table is None:
            each.refusal = each.pending.problem
            # Without content there is nothing to remember: it is looked at again next night.
            each.is_recorded = bool(each.pending.content_hash)
            return
        extract = each.pending.declaration
        if any(column.from_ for column in table.columns) and not self.areas.is_known:
            each.refusal, each.is_recorded = f"{each.pending.file_name}: {NO_AREAS}", False
            return
        self.progress(f"{extract.label} {each.pending.file_name}")
        try:
            each.reading = read(receive.keep(each.pending), each.pending.file_name, extract, table, self.workbooks)
        except DeliveryError as error:
            each.refusal = str(error)

    @property
    def areas(self) -> Areas:
        if self._areas is None:
            self._areas = load_areas()
        return self._areas

    def _conform_and_identify(self, table: Table, readable: list[Delivery]) -> pl.DataFrame:
        """Return the rows of a table's deliveries, identified; note problems, months and counts in each delivery."""
        by_extract: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
        for each in readable:
            by_extract[each.pending.department, each.pending.extract].append(each)
        conformed = []
        for (department, _), group in by_extract.items():
            frame = pl.concat([_addressed(each) for each in group])
            areas = self.areas if any(column.from_ for column in table.columns) else Areas.nothing()
            done = conform(frame, group[0].pending.declaration, table, areas)
            conformed.append((department, done))
        good = pl.concat([_of_department(done.good, department) for department, done in conformed], how="diagonal")
        sequences = {each.delivery_id: each.sequence for each in readable}
        good = good.with_columns(
            pl.col("delivery_id").replace_strict(sequences, return_dtype=pl.Int64).alias("delivery_sequence"),
            pl.lit(self.now.replace(tzinfo=None)).alias("received_at"),
            pl.col("sheet").alias("source_sheet"),
            pl.col("row_number").alias("source_row_number"),
        ).sort("delivery_sequence", maintain_order=True)
        known = self.vault.people()
        identified = identify(good, table, self.keys.pseudonym, self.now.date(), known)
        frame = identified.rows
        problems = pl.concat([*(done.problems for _, done in conformed), identified.problems])
        for each in readable:
            if each.reading is not None:
                self._account(each, each.reading, frame, problems, [done for _, done in conformed])
        return frame

    def _account(
        self, each: Delivery, reading: Reading, frame: pl.DataFrame, problems: pl.DataFrame, conformed: list[Conformed]
    ) -> None:
        mine = pl.col("delivery_id") == each.delivery_id
        each.problems = problems.filter(mine)
        good = frame.filter(mine)
        each.rows_good = good.height
        accounted = each.rows_good + _rejected(each) + sum(reading.rows_skipped.values())
        if accounted != reading.rows_read:
            raise BuildError(
                f"{each.pending.file_name}: 读入 {reading.rows_read} 行,只交代了 {accounted} 行;这是程序的错,请报告"
            )
        months: set[str] = set()
        for done in conformed:
            months |= {_month(value) for value in done.months.filter(mine)["report_month"] if value}
        months |= {_month(value) for value in reading.months}
        counts = dict(good.group_by("report_month").len().iter_rows())
        by_month = {_month(value): count for value, count in counts.items()}
        each.rows_by_month = {month: by_month.get(month, 0) for month in sorted(months)}
        each.warnings = [*reading.warnings, *_sentences(each.problems)]
        for done in conformed:
            each.warnings += done.warnings.get(each.delivery_id, [])

    def _check(self, table: Table, frame: pl.DataFrame, readable: list[Delivery]) -> set[str]:
        """Hold the deliveries against the expectations; return those that a critical one holds back."""
        try:
            from expectations.door import check_deliveries
        except ImportError:
            return set()

        bands = {each.delivery_id: each.pending.declaration.rows for each in readable}
        held: set[str] = set()
        by_id = {each.delivery_id: each for each in readable}
        for finding in check_deliveries(table, landed(frame, table), bands):
            shown = {
                name: getattr(finding, name) for name in ("expectation", "label", "severity", "success", "observed")
            }
            by_id[finding.delivery_id].findings.append(shown)
            if not finding.success and finding.severity == "critical":
                held.add(finding.delivery_id)
        return held

    def _write(self, table: Table, frame: pl.DataFrame, deliveries: list[Delivery]) -> None:
        rows = landed(frame, table).partition_by("delivery_id", "report_month", as_dict=True)
        nothing = landed(frame.clear(), table)
        for each in deliveries:
            months = each.pending.months or tuple(each.rows_by_month)
            for month in months:
                value = None if month == "all" else datetime.strptime(month, "%Y-%m").date()
                part = rows.get((each.delivery_id, value), nothing)
                _write_parquet(part, receive.landed_path(table.name, month, each.delivery_id))
        self.vault.add(people(frame), identifiers(frame, table))

    def _event(self, each: Delivery, table: Table | None, held: set[str]) -> Event:
        pending, reading = each.pending, each.reading
        kind = "refused" if reading is None else "held" if each.delivery_id in held else "landed"
        months = {
            month: rows for month, rows in each.rows_by_month.items() if not pending.months or month in pending.months
        }
        failed = [
            finding["label"]
            for finding in each.findings
            if finding["severity"] == "critical" and not finding["success"]
        ]
        reason = (
            f"{pending.file_name}: 没有通过收件检查({'、'.join(failed)});请更正后重报"
            if kind == "held"
            else each.refusal
        )
        fatal = each.problems.filter("is_fatal").unique(["sheet", "row_number"]) if each.problems is not None else None
        return {
            "event": kind,
            "delivery_id": each.delivery_id,
            "delivery_sequence": each.sequence,
            "department_code": pending.department,
            "extract_name": pending.extract,
            "table_name": pending.table,
            "file_name": pending.file_name,
            "content_hash": pending.content_hash,
            "declaration": receive.fingerprint(pending.declaration) if pending.extract else "",
            "received_at": self.now.isoformat(),
            "months": list(months),
            "rows_by_month": months,
            "encoding": reading.encoding if reading else None,
            "sheets": reading.sheets if reading else [],
            "header_rows": reading.header_rows if reading else {},
            "mapped": reading.mapped if reading else {},
            "rows_read": reading.rows_read if reading else 0,
            "rows_good": each.rows_good,
            "rows_rejected": _rejected(each),
            "rows_skipped": reading.rows_skipped if reading else dict.fromkeys(SKIPPED, 0),
            "rejects_by_reason": dict(sorted(fatal.group_by("reason_code").len().iter_rows()))
            if fatal is not None
            else {},
            "areas_unresolved": _unresolved(each),
            "warnings": each.warnings,
            "findings": each.findings,
            "reason": reason,
        }


def _addressed(each: Delivery) -> pl.DataFrame:
    frame = each.reading.frame if each.reading else pl.DataFrame()
    frame = frame.with_columns(pl.lit(each.delivery_id).alias("delivery_id"))
    return frame


def _of_department(frame: pl.DataFrame, department: str) -> pl.DataFrame:
    return frame.with_columns(pl.lit(department).alias("department_code"))


def _month(value: Any) -> str:
    return f"{value:%Y-%m}" if value else "all"


def _rejected(each: Delivery) -> int:
    return each.problems.filter("is_fatal").select("sheet", "row_number").n_unique() if each.problems is not None else 0


def _unresolved(each: Delivery) -> int:
    return each.problems.filter(pl.col("reason_code") == "area_unknown").height if each.problems is not None else 0


def _sentences(problems: pl.DataFrame) -> list[str]:
    counted = problems.filter(pl.col("is_fatal").not_()).group_by("reason", maintain_order=True).len()
    return [f"{reason}({count} 行)" for reason, count in counted.iter_rows()]


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".part")
    frame.write_parquet(temporary, compression="zstd")
    temporary.replace(path)


def _write_rejected(each: Delivery) -> None:
    path = settings().rejected / f"{each.delivery_id}.parquet"
    if each.problems is None or each.problems.is_empty():
        path.unlink(missing_ok=True)
        return
    fatal = (
        each.problems.filter("is_fatal")
        .select("sheet", "row_number")
        .unique()
        .with_columns(pl.lit(NOT_TAKEN).alias("taken"))
    )
    lines = (
        each.problems.join(fatal, on=["sheet", "row_number"], how="left")
        .with_columns(pl.col("taken").fill_null(TAKEN), pl.lit(each.pending.file_name).alias("file_name"))
        .sort("sheet", "row_number", "column")
        .select(REJECTED)
    )
    _write_parquet(lines, path)
