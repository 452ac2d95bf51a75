"""The quality page of a night: one self-contained Chinese HTML file, for everybody who has to trust the figures.

It shows counts, reasons and verdicts; no value of any row.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from expectations.suite import Verdict
from flows.declarations import Department, Extract, extracts, month_label
from flows.lateness import WHOLE, Missing, days_late, first_night, missing
from flows.ledger import TAKEN, Event, current, ledger, withdrawn
from flows.settings import PROJECT, settings

PAGE = "quality.html"
TEMPLATE = PROJECT / "flows" / "templates"
EVENTS = {"landed": "已收", "held": "扣下", "refused": "退回", "withdrawn": "已撤回"}
SKIPPED = {"title": "标题", "blank": "空行", "footer": "表尾", "duplicate": "重复行"}
TIERS = {
    "A": "号码有效,姓名相同",
    "B": "号码有效,姓名相近(差一字、异体字)",
    "N": "号码有效,姓名不同",
    "C": "一方没有可用的号码,按姓名、出生、村社区、电话推断",
}
CADENCES = {"monthly": "每月", "quarterly": "每季", "yearly": "每年", "irregular": "不定期"}


@dataclass(frozen=True)
class Gate:
    """One gate of the night and what its checks came to."""

    name: str
    asks: str
    verdicts: Sequence[Verdict]

    @property
    def failed(self) -> list[Verdict]:
        """Return the checks that stop."""
        return [each for each in self.verdicts if each.stops]

    @property
    def warned(self) -> list[Verdict]:
        """Return the checks that only warn."""
        return [each for each in self.verdicts if not each.success and not each.stops]


@dataclass(frozen=True)
class Matching:
    """What the matching of one tier came to, and what reviewers made of it."""

    tier: str
    links: int
    in_force: int
    reviewed: int
    confirmed: int
    by_reviewers: int

    @property
    def meaning(self) -> str:
        """Return what the tier means."""
        return TIERS[self.tier]


@dataclass(frozen=True)
class Run:
    """What a page is about: a run that was published, or that was refused and why."""

    run_id: str
    business_month: date | None
    started_at: datetime
    finished_at: datetime
    gates: Sequence[Gate]
    tonight: Sequence[Event] = ()
    refusal: str | None = None
    matching: Sequence[Matching] = ()
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """One delivery as the page tells it."""

    event: Event
    months: str
    state: str
    lateness: str
    is_late: bool
    rejects: list[tuple[str, int]]
    corrections: list[tuple[str, int]]

    @property
    def failed(self) -> list[dict[str, Any]]:
        """Return the expectations that were not met."""
        return [finding for finding in self.event["findings"] if not finding["success"]]

    @property
    def skipped(self) -> str:
        """Return what was skipped and how often."""
        return "、".join(
            f"{SKIPPED.get(kind, kind)} {rows}" for kind, rows in self.event["rows_skipped"].items() if rows
        )

    @property
    def warnings(self) -> list[str]:
        """Return the warnings that are more than rows to be corrected, which are counted."""
        reasons = tuple(reason for reason, _ in (*self.corrections, *self.rejects))
        return [sentence for sentence in self.event["warnings"] if not sentence.startswith(reasons)]

    @property
    def to_correct(self) -> int:
        """Return how many places the department should correct in rows that were taken."""
        return sum(rows for _, rows in self.corrections)

    @property
    def is_remarkable(self) -> bool:
        """Return whether somebody should look at it."""
        return bool(self.is_late or self.rejects or self.failed or self.warnings or self.event["event"] != "landed")


@dataclass(frozen=True)
class Report:
    """All deliveries of one extract that still count."""

    department: Department
    extract: Extract
    deliveries: list[Delivery]
    missing: list[Missing]

    def total(self, name: str) -> int:
        """Return the sum of a count over the deliveries."""
        return sum(each.event[name] for each in self.deliveries)

    @property
    def valid_ids(self) -> str:
        """Return the share of rows about a person that have a valid ID number; a dash where none is about one."""
        return self._share("ids_valid", "ids_checked")

    @property
    def matched_areas(self) -> str:
        """Return the share of the places named that the division table knows; a dash where none is named."""
        return self._share("areas_matched", "areas_matched", "areas_unresolved")

    def _share(self, part: str, *whole: str) -> str:
        # What was taken in before these were counted has none of them.
        counts: Counter[str] = Counter()
        for each in self.deliveries:
            counts.update({name: each.event.get(name) or 0 for name in {part, *whole}})
        every = sum(counts[name] for name in whole)
        # Rounded down: what is not perfect must not read as 100 %.
        return f"{1000 * counts[part] // every / 10:.1f}%" if every else "–"

    @property
    def skipped(self) -> int:
        """Return how many rows were skipped."""
        return sum(sum(each.event["rows_skipped"].values()) for each in self.deliveries)

    @property
    def span(self) -> str:
        """Return the first and the last month landed."""
        months = sorted({month for each in self.deliveries for month in each.event["months"]} - {WHOLE})
        return "–".join(dict.fromkeys((months[0], months[-1]))) if months else "整份"

    @property
    def cadence(self) -> str:
        """Return how often it is due."""
        return CADENCES[self.extract.cadence]

    @property
    def to_correct(self) -> int:
        """Return how many places the department should correct in rows that were taken."""
        return sum(each.to_correct for each in self.deliveries)

    @property
    def late(self) -> int:
        """Return how many deliveries came late."""
        return sum(each.is_late for each in self.deliveries)

    @property
    def expectations(self) -> list[tuple[str, str, int, int]]:
        """Return (label, severity, met, asked) of every expectation over the deliveries."""
        asked: Counter[str] = Counter()
        met: Counter[str] = Counter()
        worst: dict[str, str] = {}
        for finding in (finding for each in self.deliveries for finding in each.event["findings"]):
            label, severity = finding["label"], finding["severity"]
            asked[label] += 1
            met[label] += finding["success"]
            # A graded expectation may be a warning in one delivery and critical in another.
            worst[label] = "critical" if "critical" in (worst.get(label), severity) else "warning"
        return [(label, worst[label], met[label], count) for label, count in asked.items()]

    @property
    def remarkable(self) -> list[Delivery]:
        """Return the deliveries somebody should look at."""
        return [each for each in self.deliveries if each.is_remarkable]


def door(events: Iterable[Event]) -> Gate:
    """Return the first gate: a check a delivery of the night. What it holds back does not stop the night."""
    labels = _labels()
    verdicts = []
    for event in events:
        department, extract = labels.get(_place(event), ("", event["file_name"]))
        failed = [finding["label"] for finding in event["findings"] if not finding["success"]]
        seen = EVENTS[event["event"]] + (f",未达:{'、'.join(failed)}" if failed else "")
        is_fine = event["event"] == "landed" and not failed
        verdicts.append(Verdict(f"{department} {extract} {_months(event['months'])}", "warning", is_fine, seen))
    return Gate("收件", "每份报表对照声明;不合格的只扣下那一份", verdicts)


def matching(warehouse: Path) -> list[Matching]:
    """Return what the matching of a built warehouse came to, surest tier first; nothing where none was built."""
    import duckdb

    if not warehouse.is_file():
        return []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select tier_code, links_count, links_in_force_count, reviewed_count, confirmed_count, "
            "found_by_reviewers_count from mart_match_quality where table_name = 'all'"
        ).fetchall()
    by_tier = {row[0]: Matching(*row) for row in rows}
    return [by_tier[tier] for tier in TIERS if tier in by_tier]


def write(run: Run, out: Path) -> None:
    """Write the page of a run."""
    out.write_text(render(run), encoding="utf-8")


def render(run: Run) -> str:
    """Return the page of a run as HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"thousands": lambda number: f"{number:,}", "moment": _moment, "day": _day}
    reports, lost = collect(ledger(), run.finished_at)
    return environment.get_template("quality.html.j2").render(
        run=run,
        month=month_label(run.business_month) if run.business_month else "–",
        gates=run.gates,
        reports=reports,
        lost=lost,
        unknown=unknown_files(run.tonight),
        held=[each for report in reports for each in report.deliveries if each.event["event"] != "landed"],
        tonight=Counter(event["event"] for event in run.tonight if event["event"] in TAKEN),
        labels={(report.department.department, report.extract.name): report for report in reports},
        events=EVENTS,
    )


def collect(events: list[Event], now: datetime) -> tuple[list[Report], list[Missing]]:
    """Return what each extract has delivered that still counts, and every month that is missing."""
    first = first_night(events)
    today = now.astimezone(ZoneInfo(settings().timezone)).date()
    lost = missing(events, today)
    standing = _standing(events)
    reasons = _reasons(event["delivery_id"] for event in standing)
    own: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in standing:
        own[event["department_code"], event["extract_name"]].append(event)
    reports = []
    for department, extract, _ in extracts():
        place = (department.department, extract.name)
        deliveries = [
            _delivery(event, extract, first, reasons)
            for event in sorted(
                own[place], key=lambda event: (event["months"], event["delivery_sequence"]), reverse=True
            )
        ]
        reports.append(
            Report(department, extract, deliveries, [each for each in lost if (each.department, each.extract) == place])
        )
    return reports, lost


def unknown_files(events: Iterable[Event]) -> list[Event]:
    """Return the files of a night that no declaration takes."""
    return [event for event in events if not event["extract_name"]]


def delivery_table(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return a row a delivery for Prefect's artifact."""
    labels = {(department.department, each.name): (department.label, each.label) for department, each, _ in extracts()}
    rows = []
    for event in events:
        department, extract = labels.get(
            (event["department_code"], event["extract_name"]), (event["department_code"], "")
        )
        rows.append(
            {
                "部门": department,
                "报表": extract,
                "月份": _months(event["months"]),
                "结果": EVENTS[event["event"]],
                "读入": event["rows_read"],
                "采用": event["rows_good"],
                "退回": event["rows_rejected"],
                "未达要求": sum(not finding["success"] for finding in event["findings"]),
            }
        )
    return rows


def _standing(events: list[Event]) -> list[Event]:
    # What the warehouse rests on, and what was held or refused since: the latest word on each extract and month.
    months = current(events)
    gone = withdrawn(events)
    landed = {event["delivery_id"] for event in events if event["event"] == "landed"}
    answered = {
        (event["department_code"], event["extract_name"], month): place
        for place, event in enumerate(events)
        if event["event"] == "landed" and event["delivery_id"] not in gone
        for month in event["months"]
    }
    standing = []
    for place, event in enumerate(events):
        if not event["extract_name"] or event["event"] not in TAKEN or event["delivery_id"] in gone:
            continue
        if event["event"] == "landed":
            is_standing = event["delivery_id"] in months
        else:
            address = (event["department_code"], event["extract_name"])
            later = [answered.get((*address, month), -1) for month in event["months"]]
            is_again = any(
                other["content_hash"] == event["content_hash"]
                and (other["department_code"], other["extract_name"]) == address
                for other in events[place + 1 :]
            )
            is_standing = not is_again and (not later or min(later) < place) and event["delivery_id"] not in landed
        if is_standing:
            standing.append(event)
    return standing


def _delivery(
    event: Event, extract: Extract, first: date | None, reasons: dict[str, dict[str, list[tuple[str, int]]]]
) -> Delivery:
    late = [days_late(extract, month, event["received_at"], first) for month in event["months"]]
    known = [days for days in late if days is not None]
    if extract.deadline_days is None or not event["months"] or set(event["months"]) == {WHOLE}:
        lateness = "不定期"
    elif not known:
        lateness = "补录"
    else:
        lateness = f"迟 {max(known)} 天" if max(known) else "按时"
    counted = reasons.get(event["delivery_id"], {})
    return Delivery(
        event=event,
        months=_months(event["months"]),
        state=EVENTS[event["event"]],
        lateness=lateness,
        is_late=any(known),
        rejects=counted.get("未收", []),
        corrections=counted.get("已收,待更正", []),
    )


def _reasons(deliveries: Iterable[str]) -> dict[str, dict[str, list[tuple[str, int]]]]:
    import polars as pl

    counted: dict[str, dict[str, list[tuple[str, int]]]] = {}
    for delivery in deliveries:
        path = settings().rejected / f"{delivery}.parquet"
        if path.is_file():
            lines = pl.read_parquet(path, columns=["reason", "taken"])
            by_kind: dict[str, list[tuple[str, int]]] = defaultdict(list)
            for taken, reason, rows in lines.group_by("taken", "reason").len().sort("len", descending=True).iter_rows():
                by_kind[taken].append((reason, rows))
            counted[delivery] = dict(by_kind)
    return counted


def _labels() -> dict[tuple[str, str], tuple[str, str]]:
    return {(department.department, each.name): (department.label, each.label) for department, each, _ in extracts()}


def _place(event: Event) -> tuple[str, str]:
    return event["department_code"], event["extract_name"]


def _months(months: Sequence[str]) -> str:
    if not months:
        return "–"
    named = sorted(months)
    if named == [WHOLE]:
        return "整份"
    return named[0] if len(named) == 1 else f"{named[0]}–{named[-1]}({len(named)} 个月)"


def _moment(value: datetime | str) -> str:
    made = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{made.astimezone(ZoneInfo(settings().timezone)):%Y-%m-%d %H:%M}"


def _day(value: datetime | str) -> str:
    return _moment(value)[:10]
