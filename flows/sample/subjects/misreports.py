"""Who misreported (失信) and is barred for a while: strangers to the rosters, and two who are taken in while barred.

One was barred too, and came back when it was over.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, NEVER, days, label
from flows.sample.offices import Habit

if TYPE_CHECKING:
    from flows.sample.subjects import World

REGISTER = Habit(
    "救助失信登记{label}.xlsx",
    dates="2025年6月30日",
    above=("{district}社会救助失信人员登记簿", "{label}"),
    footer=(("制表人:言若木", "", "", "审核人:时慕青"),),
    changed=LAST - 7,
    words=1,
)
PLACES = {"hukou_place": "hukou_", "residence_place": "residence_"}
REGISTERED_A_MONTH, BARRED_MONTHS = 3, (6, 12, 24)
REASONS, REASON_SHARES = ("income", "assets", "household", "documents"), (0.5, 0.25, 0.15, 0.1)
# Registered so many months before they are taken in; barred for a year, or for half of one.
BEFORE_MONTHS, TAKEN_IN, BARRED, BARRED_BEFORE = 7, 2, 12, 6
NAMES = ["id_number", "person_name", "hukou_place", "residence_place"]


def send(world: "World") -> list[dict[str, Any]]:
    """Send every month's register; return who is taken in while barred, and who is not any more."""
    rng = world.rng
    came = _came(world)
    months = np.repeat(np.arange(world.first, LAST + 1), REGISTERED_A_MONTH)
    # From the end, where nobody applies for anything and gets no grant.
    others = world.neighbours.tail(len(months)).select(NAMES)
    count = len(months) + len(came)
    rows = pl.concat(
        [
            others.with_columns(
                t=pl.Series(months),
                programme_code=pl.lit("dibao"),
                barred_months=pl.Series(rng.choice(BARRED_MONTHS, len(months))),
            ),
            came.select(
                *NAMES, t=pl.col("start_t") - BEFORE_MONTHS, programme_code="programme_code", barred_months="bar"
            ),
        ]
    ).with_columns(misreport_reason_code=pl.Series(rng.choice(REASONS, count, p=REASON_SHARES)))
    rows = rows.with_columns(registered_date=pl.Series(days(rows["t"].to_numpy(), rng.integers(1, 29, size=count))))
    serial = pl.int_range(1, count + 1).cast(pl.String).str.zfill(4)
    rows = rows.sort("registered_date", "id_number").with_columns(misreport_no=pl.lit("SX" + world.prefix) + serial)
    for number in range(world.first, LAST + 1):
        mine = world.placed(rows.filter(pl.col("t") == number), world.district.names_at(number), PLACES)
        world.send("misreports", mine, number, habit=REGISTER)
    return _answers(came)


def _came(world: "World") -> pl.DataFrame:
    """Return heads of 低保 households that came late enough in the history, and for how long each was barred."""
    life = world.life
    heads = life.members.filter((pl.col("relation_code") == "head") & pl.col("is_enrolled"))
    came = (
        life.cases.filter(
            (pl.col("programme_code") == "dibao")
            & (pl.col("end_t") == NEVER)
            & (pl.col("suspended_t") == NEVER)
            & pl.col("household_id").is_unique()
            & pl.col("start_t").is_between(world.first + BEFORE_MONTHS, LAST - 2)
        )
        .join(heads.select("case_id", "person_id"), on="case_id", maintain_order="left")
        .join(life.people.select("person_id", "id_number", "person_name"), on="person_id", maintain_order="left")
        .join(
            life.households.select("household_id", hukou_place="hukou", residence_place="residence"),
            on="household_id",
            maintain_order="left",
        )
        .filter((pl.col("residence_place") >= 0) & pl.col("person_id").is_not_null())
        .sort("case_id", descending=True)
        .head(TAKEN_IN + 1)
    )
    bars = [BARRED] * TAKEN_IN + [BARRED_BEFORE]
    return came.with_columns(bar=pl.Series(bars, dtype=pl.Int64))


def _answers(came: pl.DataFrame) -> list[dict[str, Any]]:
    answers = []
    for row in came.to_dicts():
        is_barred = row["bar"] == BARRED
        until = min(row["start_t"] - BEFORE_MONTHS + row["bar"], LAST + 1)
        answers.append(
            {
                "fault": "taken_in_while_barred" if is_barred else "taken_in_after_bar",
                "outcome": "finding" if is_barred else "legitimate",
                "extract": "misreports",
                "months": [label(number) for number in range(row["start_t"], until)],
                "person_name": row["person_name"],
                "id_number": row["id_number"],
            }
        )
    return answers
