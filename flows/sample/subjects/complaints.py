"""The citizens' line: complaints about assistance, told when they come and again when they are closed.

Some callers give no ID number, some not even a name or a place.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, days, first_day, label, month, month_of
from flows.sample.offices import Habit
from flows.sample.subjects.pools import choose

if TYPE_CHECKING:
    from flows.sample.subjects import World

COMPLAINTS_A_MONTH = 36
LIMIT_DAYS, AT_LIMIT = 15, 4
TYPES = ("eligibility", "amount", "delay", "attitude", "leakage", "policy")
TICKETS = Habit(
    "12345工单{month}.csv",
    dates="2025年6月30日",
    months="2025年6月",
    encoding="gb18030",
    line_end="\r\n",
    changed=month(2025, 2),
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send each month what was taken or closed in it; return which complaints took too long, or just not."""
    tickets = _tickets(world)
    for number in range(world.first, LAST + 1):
        end = days(number, 31).item()
        is_closed = pl.col("closed_date") <= end
        rows = tickets.filter((pl.col("received_t") == number) | (pl.col("closed_t") == number)).with_columns(
            pl.when(is_closed).then(name) for name in ("closed_date", "is_substantiated", "satisfaction_code")
        )
        placed = world.placed(rows, world.district.names_at(number), {"place": ""}).with_columns(
            *(pl.when("knows_place").then(name).otherwise(pl.lit("")) for name in ("street_name", "village_name")),
            report_month=pl.lit(first_day(number)),
        )
        world.send("complaints", placed, number, habit=TICKETS)
    return _answers(tickets)


def _tickets(world: "World") -> pl.DataFrame:
    rng = world.rng
    count = COMPLAINTS_A_MONTH * (LAST - world.first + 1)
    at = np.repeat(np.arange(world.first, LAST + 1), COMPLAINTS_A_MONTH)
    callers = choose(world.neighbours.filter(pl.col("residence_place") >= 0), count, rng)
    received = days(at, rng.integers(1, 29, size=count))
    took = np.minimum(rng.geometric(0.14, count), 60)
    took[:: count // AT_LIMIT] = LIMIT_DAYS
    closed = received + took
    has_name, has_number = rng.random(count) < 0.95, rng.random(count) < 0.85
    answered = rng.choice(["satisfied", "fair", "dissatisfied", ""], count, p=[0.5, 0.2, 0.12, 0.18])
    return callers.select(place="residence_place").with_columns(
        complaint_no=pl.lit("RX" + world.prefix) + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(6),
        person_name=pl.when(pl.Series(has_name)).then(callers["person_name"]).otherwise(pl.lit("")),
        id_number=pl.when(pl.Series(has_name & has_number)).then(callers["id_number"]).otherwise(pl.lit("")),
        phone="19911" + pl.Series(rng.integers(10**5, 10**6, size=count)).cast(pl.String),
        complaint_type_code=pl.Series(rng.choice(TYPES, count, p=[0.25, 0.2, 0.2, 0.1, 0.15, 0.1])),
        knows_place=pl.Series(rng.random(count) < 0.95),
        received_date=pl.Series(received),
        received_t=pl.Series(at),
        closed_date=pl.Series(closed),
        closed_t=pl.Series(month_of(closed)),
        is_substantiated=pl.Series(rng.random(count) < 0.35),
        satisfaction_code=pl.Series(answered).replace("", None),
        took=pl.Series(took),
    )


def _answers(tickets: pl.DataFrame) -> list[dict[str, Any]]:
    end = days(LAST, 31).item()
    known_days = (pl.min_horizontal("closed_date", pl.lit(end)) - pl.col("received_date")).dt.total_days()
    told = tickets.with_columns(
        fault=pl.when(known_days > LIMIT_DAYS)
        .then(pl.lit("complaint_over_limit"))
        .when((pl.col("took") == LIMIT_DAYS) & (pl.col("closed_date") <= end))
        .then(pl.lit("complaint_at_limit"))
    ).filter(pl.col("fault").is_not_null())
    return [
        {
            "fault": fault,
            "outcome": "in time" if fault == "complaint_at_limit" else "finding",
            "extract": "complaints",
            "months": label(number),
            "complaint_no": complaint,
        }
        for fault, number, complaint in told.select("fault", "received_t", "complaint_no").iter_rows()
    ]
