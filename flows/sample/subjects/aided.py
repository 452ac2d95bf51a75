"""What aid was paid for: invoices, disasters and semesters, as five offices register them each quarter.

A few events are paid twice; others look like it and are not: within the invoice, another disaster, another semester.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, days, first_day, label
from flows.sample.offices import Habit

if TYPE_CHECKING:
    from flows.sample.subjects import World

HABITS = {
    "invoice_events": Habit(
        "二次报销票据登记{label}.xlsx", dates="20250630", above=("二次报销票据登记({label})",), changed=LAST - 5
    ),
    "charity_events": Habit("慈善事由登记{month}.csv", dates="2025年6月30日", encoding="gb18030", line_end="\r\n"),
    "temporary_events": Habit(
        "临时救助事由登记{label}.xlsx",
        dates="serial number",
        above=("临时救助事由登记表", "{label}    单位:元"),
        total_of="aided_amount_yuan",
        changed=LAST - 8,
        words=1,
    ),
    "disaster_events": Habit(
        "受灾救助事由登记{label}.xlsx",
        dates="date cell",
        above=("受灾救助事由登记({label})",),
        footer=(("填表人:盛书禾",),),
    ),
    "semester_events": Habit(
        "学期资助登记{label}.xlsx", dates="2025年6月30日", above=("学期资助登记({label})",), changed=LAST - 5
    ),
}
# Rows a quarter, by office and kind of event.
ROWS = {
    ("invoice_events", "invoice"): 30,
    ("charity_events", "invoice"): 12,
    ("charity_events", "disaster"): 6,
    ("temporary_events", "invoice"): 12,
    ("temporary_events", "disaster"): 6,
    ("disaster_events", "disaster"): 20,
    ("semester_events", "semester"): 40,
}
PLACES = {"hukou_place": "hukou_", "residence_place": "residence_"}
PEOPLE = ["id_number", "person_name", "hukou_place", "residence_place"]
# Fault, then who paid for which event how much: (office, kind, event, yuan). The invoice is of 8000 yuan.
INVOICE_YUAN = 8000.0
PLANTED = (
    ("same_invoice", (("invoice_events", "invoice", "FP-A", 6000.0), ("charity_events", "invoice", "FP-A", 3500.0))),
    ("same_invoice", (("invoice_events", "invoice", "FP-B", 5000.0), ("temporary_events", "invoice", "FP-B", 4000.5))),
    (
        "paid_within_invoice",
        (("invoice_events", "invoice", "FP-C", 5000.0), ("charity_events", "invoice", "FP-C", 3000.0)),
    ),
    (
        "same_disaster",
        (("disaster_events", "disaster", "ZQ-A", 2600.0), ("charity_events", "disaster", "ZQ-A", 1500.0)),
    ),
    (
        "another_disaster",
        (("disaster_events", "disaster", "ZQ-A", 2600.0), ("temporary_events", "disaster", "ZQ-B", 1200.0)),
    ),
    (
        "same_semester",
        (("semester_events", "semester", "XQ-A", 1500.0), ("semester_events", "semester", "XQ-A", 1500.0)),
    ),
)
PLANTED_QUARTER = LAST - 3


def send(world: "World") -> list[dict[str, Any]]:
    """Send every quarter's five registers; return what was paid for twice, and what only looks like it."""
    # Nobody is drawn twice, so that whatever is paid twice is planted.
    quarters = [number for number in range(world.first, LAST + 1) if number % 3 == 2]
    people = world.neighbours.filter(pl.col("residence_place") >= 0)[1200:2500]
    people = people[world.rng.permutation(len(people))].select(PEOPLE)
    chosen, people = people[: len(PLANTED)], people[len(PLANTED) :]
    for number in quarters:
        registers: dict[str, list[pl.DataFrame]] = {name: [] for name in HABITS}
        for (name, kind), count in ROWS.items():
            registers[name].append(_rows(world, people[:count], name, kind, number))
            people = people[count:]
        if number == PLANTED_QUARTER:
            for name, rows in _planted(world, chosen).items():
                registers[name].append(rows)
        for name, parts in registers.items():
            rows = pl.concat(parts)
            stamp = f"SY{world.prefix}{first_day(number):%Y%m}"
            serial = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(4)
            rows = world.placed(rows, world.district.names_at(number), PLACES).with_columns(
                record_no=pl.lit(stamp) + serial
            )
            world.send(name, rows, number, habit=HABITS[name])
    return _answers(chosen)


def _rows(world: "World", people: pl.DataFrame, name: str, kind: str, number: int) -> pl.DataFrame:
    rng, count = world.rng, len(people)
    serial = pl.int_range(1, count + 1).cast(pl.String).str.zfill(4)
    year, of_year = 1970 + number // 12, number % 12
    event = {
        "invoice": pl.lit(f"FP{world.prefix}{name[:2].upper()}{year}{of_year + 1:02d}") + serial,
        "disaster": pl.lit(f"ZQ{world.prefix}{year}{of_year // 6 + 1}"),
        "semester": pl.lit(f"{year}{'春' if of_year < 6 else '秋'}"),
    }[kind]
    cost = rng.integers(20, 120, size=count) * 100.0
    return people.with_columns(
        event_no=event,
        event_type_code=pl.lit(kind),
        event_amount_yuan=pl.Series(cost if kind == "invoice" else np.full(count, np.nan)).fill_nan(None),
        aided_date=pl.Series(days(np.full(count, number), rng.integers(1, 29, size=count))),
        aided_amount_yuan=pl.Series((cost * rng.uniform(0.3, 0.6, count)).round()),
    )


def _planted(world: "World", chosen: pl.DataFrame) -> dict[str, pl.DataFrame]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for person, (_, payments) in zip(chosen.to_dicts(), PLANTED, strict=True):
        for at, (name, kind, event, yuan) in enumerate(payments):
            day = days(np.array([PLANTED_QUARTER]), 5 + 10 * at).item()
            rows.setdefault(name, []).append(
                person
                | {
                    "event_no": event + world.prefix,
                    "event_type_code": kind,
                    "event_amount_yuan": INVOICE_YUAN if kind == "invoice" else None,
                    "aided_date": day,
                    "aided_amount_yuan": yuan,
                }
            )
    schema = dict(chosen.schema) | {
        "event_no": pl.String,
        "event_type_code": pl.String,
        "event_amount_yuan": pl.Float64,
        "aided_date": pl.Date,
        "aided_amount_yuan": pl.Float64,
    }
    return {name: pl.DataFrame(each, schema=schema) for name, each in rows.items()}


def _answers(chosen: pl.DataFrame) -> list[dict[str, Any]]:
    answers = []
    for person, (fault, payments) in zip(chosen.to_dicts(), PLANTED, strict=True):
        amounts = [yuan for *_, yuan in payments]
        allowed = INVOICE_YUAN if payments[0][1] == "invoice" else max(amounts)
        answers.append(
            {
                "fault": fault,
                "outcome": "finding" if fault.startswith("same") else "legitimate",
                "extract": payments[-1][0],
                "months": label(PLANTED_QUARTER),
                "person_name": person["person_name"],
                "id_number": person["id_number"],
                "paid_yuan": sum(amounts),
                "overpaid_yuan": round(sum(amounts) - allowed, 2) if fault.startswith("same") else 0.0,
            }
        )
    return answers
