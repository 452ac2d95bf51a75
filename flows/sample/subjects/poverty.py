"""The agriculture office's list of households watched so that they do not fall back into poverty."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import STREETS
from flows.sample.months import LAST, days, label
from flows.sample.offices import Habit
from flows.sample.programmes import month_of_life

if TYPE_CHECKING:
    from flows.sample.subjects import World

WATCHED_ON_ROSTER, WATCHED_OTHERS, LEFT_WATCHED = 40, 30, 5
WATCHED = Habit(
    "防返贫监测对象{label}.xlsx",
    dates="serial number",
    above=("{district}防返贫监测对象名册({label})",),
    footer=(("填表人:岑若谷", "", "审核:"),),
    changed=LAST,
)
COUNTRY = [at for at, street in enumerate(STREETS) if street.kind in ("rural", "hills")]


def send(world: "World") -> list[dict[str, Any]]:
    """Send the list of each quarter: people of the countryside, some on a roster, some on none."""
    rng = world.rng
    names = ["id_number", "person_name", "hukou_place", "residence_place"]
    lives_there = pl.Series(np.isin(world.district.street[world.neighbours["residence_place"].to_numpy()], COUNTRY))
    others = world.neighbours.filter(lives_there).head(WATCHED_OTHERS).select(names)
    kinds = rng.choice(["relapse_risk", "near_poverty", "sudden_hardship"], 200, p=[0.3, 0.5, 0.2])
    since = rng.integers(world.first - 24, world.first - 1, size=200)
    answers: list[dict[str, Any]] = []
    for number in range(world.first, LAST + 1):
        if number % 3 != 2:
            continue
        members = month_of_life(world.life, number).members.filter(
            pl.col("is_covered") & (pl.col("position") == 0) & (pl.col("hukou_place") >= 0)
        )
        members = members.unique("person_id", keep="first", maintain_order=True).sort("person_id")
        rural = pl.Series(np.isin(world.district.street[members["hukou_place"].to_numpy()], COUNTRY))
        known = members.filter(rural & (pl.col("residence_place") >= 0)).head(WATCHED_ON_ROSTER).select(names)
        rows = pl.concat([known, _left(world, members, number).select(names), others])
        count = len(rows)
        rows = rows.with_columns(
            monitored_type_code=pl.Series(kinds[:count]),
            identified_date=pl.Series(days(since[:count], 15)),
            is_risk_removed=pl.Series((np.arange(count) % 5 == 0) & (number > world.first + 8)),
        )
        placed = world.placed(
            rows, world.district.names_at(number), {"hukou_place": "hukou_", "residence_place": "residence_"}
        )
        delivery = world.send("poverty_monitoring", placed, number, habit=WATCHED)
        answers += [
            {
                "fault": "watched_without_aid",
                "outcome": "finding",
                "extract": "poverty_monitoring",
                "months": label(number),
                "file": delivery.file,
                "id_number": person["id_number"],
                "person_name": person["person_name"],
            }
            for person in others.to_dicts()
        ]
    return answers


def _left(world: "World", covered: pl.DataFrame, number: int) -> pl.DataFrame:
    """Return some who earned too much for 低保 within the last half year, and are watched for it."""
    cases = world.life.cases.filter(
        (pl.col("programme_code") == "dibao")
        & (pl.col("end_reason_code") == "income")
        & pl.col("end_t").is_between(max(world.first + 1, number - 5), number)
        & (pl.col("start_t") < world.first)
    )
    heads = world.life.members.filter(pl.col("position") == 0).select("case_id", "person_id")
    return (
        cases.join(heads, on="case_id", maintain_order="left")
        .filter(~pl.col("person_id").is_in(covered["person_id"].implode()))
        .join(world.life.people, on="person_id", maintain_order="left")
        .join(
            world.life.households.select("household_id", hukou_place="hukou", residence_place="residence"),
            on="household_id",
            maintain_order="left",
        )
        .filter((pl.col("hukou_place") >= 0) & (pl.col("residence_place") >= 0))
        .unique("person_id", keep="first", maintain_order=True)
        .head(LEFT_WATCHED)
    )
