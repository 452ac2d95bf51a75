"""What case workers found out about earlier leads: the worklists that come back, once a quarter, kept by hand so far.

They know people by ID number. Some leads are confirmed, some cleared, one cleared too early, and some lie undecided.
The platform warns of two of these people as well, so that there are red and orange alerts.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from flows.sample.months import LAST, first_day, month
from flows.sample.offices import Habit
from flows.sample.subjects import platform, pools

if TYPE_CHECKING:
    from flows.sample.subjects import World

WORKLISTS = Habit(
    "核查处理结果{label}.xlsx",
    dates="2025年6月30日",
    months="2025年6月",
    sheet="处理结果",
    above=("核查线索处理结果({label})", "填报单位:{district}民政局"),
    footer=(("制表人:言若木",),),
    changed=month(2025, 1),
    words=1,
)
OPERATORS = ("言若木", "盛书禾")
NAMES = {
    "finding_id": pl.String,
    "rule_code": pl.String,
    "id_number": pl.String,
    "person_name": pl.String,
    "first_month": pl.Date,
    "decision_code": pl.String,
    "decision_reason_code": pl.String,
    "decided_date": pl.Date,
    "operator_name": pl.String,
}
# Rule, which of its planted persons (by ID number), the decisions about him, and what they come to.
DECISIONS: tuple[tuple[str, int, tuple[tuple[date, str, str | None], ...], str], ...] = (
    ("two_households", 0, ((date(2024, 10, 10), "verified", None), (date(2025, 1, 15), "stopped", None)), "stopped"),
    ("exclusive_programmes", 0, ((date(2024, 10, 18), "cleared", "within_rules"),), "reopened"),
    ("paid_in_custody", 0, ((date(2025, 6, 12), "grace", None),), "grace"),
    ("shared_account", 0, ((date(2025, 6, 20), "cleared", "same_family"),), "cleared"),
    ("above_yearly_sum", 0, ((date(2025, 6, 24), "cleared", None),), "incomplete"),
    (
        "above_yearly_sum",
        1,
        ((date(2025, 6, 24), "verified", None), (date(2025, 6, 26), "cleared", "other")),
        "cleared",
    ),
    ("above_yearly_sum", 2, ((date(2025, 6, 24), "cleared", "record_error"),), "cleared"),
    ("above_yearly_sum", 3, ((date(2025, 6, 13), "verified", None),), "verified"),
    ("above_yearly_sum", 4, ((date(2025, 6, 25), "verified", None),), "verified"),
    ("above_yearly_sum", 5, ((date(2025, 6, 25), "verified", None),), "verified"),
    ("above_yearly_sum", 6, ((date(2025, 6, 25), "grace", None),), "grace"),
)
# Nobody who is on a list for it: the office wrote down the wrong number.
NOBODYS: tuple[str, date, str] = ("two_households", date(2025, 3, 14), "verified")
# Whom the platform warns of besides: rule he was planted for → level of alert, sources of the platform's alerts.
WARNED = {
    "two_households": ("red", ("medical_cost", "unemployment")),  # with his grants above the yearly sum: three
    "exclusive_programmes": ("orange", ("disability", "education")),
}
FAULTS = {"unmatched": "decision_unmatched", "reopened": "finding_reopened", "incomplete": "decision_without_reason"}


def send(world: "World") -> list[dict[str, Any]]:
    """Send the decisions of each quarter; return who was decided on and what it comes to."""
    planted = {rule: planted_by(world, rule) for rule, *_ in DECISIONS}
    chosen = [
        (rule, planted[rule][place], decisions, came_to)
        for rule, place, decisions, came_to in DECISIONS
        if place < len(planted[rule])  # another seed may give fewer above the yearly sum
    ]
    rows = [row(rule, person, *decision) for rule, person, decisions, _ in chosen for decision in decisions]
    rule, decided, decision = NOBODYS
    nobody = world.neighbours.select("id_number", "person_name").row(0, named=True)
    rows.append(row(rule, nobody, decided, decision, None))
    frame = pl.DataFrame(rows, schema=NAMES).sort("decided_date", "id_number")
    for number in range(world.first + 2 - world.first % 3, LAST + 1, 3):
        quarter = frame.filter(
            pl.col("decided_date").dt.truncate("1q") == date(1970 + number // 12, number % 12 - 1, 1)
        )
        if len(quarter):
            world.send("finding_decisions", quarter, number, habit=WORKLISTS)
    answers = [answer(each, person, decisions[-1][0], came_to) for each, person, decisions, came_to in chosen]
    answers.append(answer(rule, nobody, decided, "unmatched"))
    return answers + _send_alerts(world, {rule: planted[rule][0] for rule in WARNED})


def _send_alerts(world: "World", warned: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Let the platform warn of them in the last month, in two ways each; return at which level they are then."""
    codes = world.district.names_at(LAST)["village_code"]
    places = dict(pools.on_rosters(world).select("id_number", "hukou_place").iter_rows())
    rows = [
        {
            "alert_no": f"YJ{world.prefix}{first_day(LAST):%Y%m}9{at}{place}",
            "id_number": person["id_number"],
            "person_name": person["person_name"],
            "hukou_village_code": codes[places[person["id_number"]] % len(codes)],
            "alert_date": date(2025, 6, 11),
            "alert_source_code": source,
            "alert_outcome_code": "open",
        }
        for at, (rule, person) in enumerate(warned.items())
        for place, source in enumerate(WARNED[rule][1])
    ]
    world.send("platform_alerts", pl.DataFrame(rows), LAST, habit=platform.ALERTS)
    return [
        {"fault": f"alert_{WARNED[rule][0]}", "outcome": WARNED[rule][0], "extract": "platform_alerts"}
        | {name: person[name] for name in ("id_number", "person_name")}
        for rule, person in warned.items()
    ]


def planted_by(world: "World", rule: str) -> list[dict[str, Any]]:
    """Return the persons planted so far for a rule, by ID number."""
    return sorted((each for each in world.answers if each["fault"] == rule), key=lambda each: each["id_number"])


def row(rule: str, person: dict[str, Any], decided: date, decision: str, reason: str | None) -> dict[str, Any]:
    """Return a line of a worklist, filled in."""
    months = person.get("months")
    first = months if isinstance(months, str) else months[0] if months else None
    return {
        "finding_id": None,
        "rule_code": rule,
        "id_number": person["id_number"],
        "person_name": person["person_name"],
        "first_month": date.fromisoformat(f"{first}-01") if first else None,
        "decision_code": decision,
        "decision_reason_code": reason,
        "decided_date": decided,
        "operator_name": OPERATORS[decided.day % 2],
    }


def answer(rule: str, person: dict[str, Any], decided: date, came_to: str) -> dict[str, Any]:
    """Return what the answer key says of a decision."""
    return {
        "fault": FAULTS.get(came_to, "finding_decided"),
        "outcome": came_to,
        "extract": "finding_decisions",
        "rule": rule,
        "decided_date": decided.isoformat(),
        "id_number": person["id_number"],
        "person_name": person["person_name"],
    }
