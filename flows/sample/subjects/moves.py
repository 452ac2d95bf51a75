"""What the police writes of the household register: who moved out, in, or within the district."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import OUTSIDE
from flows.sample.months import LAST, NEVER, days, first_day, label, month
from flows.sample.offices import Habit
from flows.sample.subjects.pools import came_alone, choose, known_as

if TYPE_CHECKING:
    from flows.sample.subjects import World

MOVES_A_MONTH = 30
# Months of who moved out of the district and stays on the roster; of who came back at once; of who moved within it.
MOVED, BACK, WITHIN = (LAST - 4, LAST - 2), LAST - 5, LAST - 3

HABIT = Habit(
    "户籍迁移{month}.csv",
    dates="2025年6月30日",
    months="2025-06",
    encoding="gb18030",
    line_end="\r\n",
    changed=month(2024, 12),
    words=1,
)
COLUMNS = ["id_number", "person_name", "move_type_code", "move_date", "from_place", "to_place"]


def send(world: "World") -> list[dict[str, Any]]:
    """Send the moves of every month; return who moved away and is still on the roster, and who is not to be found."""
    people = came_alone(world)[7:11]
    gone, back, near = people[:2], people[2:3], people[3:4]
    other = np.array([world.district.places("樵歌")[0]])
    moves = pl.concat(
        [
            _others(world),
            _left(world),
            _moved(gone, np.array(MOVED), 12, "out"),
            _moved(back, np.array([BACK]), 5, "out"),
            _moved(back, np.array([BACK]), 25, "in"),
            _moved(near, np.array([WITHIN]), 12, "within").with_columns(to_place=pl.Series(other)),
        ]
    )
    for number in range(world.first, LAST + 1):
        rows = moves.filter(pl.col("move_date").dt.truncate("1mo") == first_day(number)).sort("move_date", "id_number")
        placed = world.placed(rows, world.district.names_at(number), {"from_place": "from_", "to_place": "to_"})
        world.send("hukou_moves", placed.with_columns(report_month=pl.lit(first_day(number))), number, habit=HABIT)
    return [
        *(
            known_as(person, "moved_away", "finding", "hukou_moves") | {"months": label(number)}
            for person, number in zip(gone.to_dicts(), MOVED, strict=True)
        ),
        known_as(back.row(0, named=True), "moved_back", "no finding", "hukou_moves") | {"months": label(BACK)},
        known_as(near.row(0, named=True), "moved_within", "no finding", "hukou_moves") | {"months": label(WITHIN)},
    ]


def _moved(people: pl.DataFrame, numbers: np.ndarray, day: int, kind: str) -> pl.DataFrame:
    here, away = pl.col("hukou_place"), pl.lit(OUTSIDE, dtype=pl.Int64)
    return people.with_columns(
        move_type_code=pl.lit(kind),
        move_date=pl.Series(days(numbers, day)),
        from_place=away if kind == "in" else here,
        to_place=away if kind == "out" else here,
    ).select(COLUMNS)


def _left(world: "World") -> pl.DataFrame:
    """Return those whom the rosters let go because they moved away: single persons, and whole households."""
    life = world.life
    cases = life.cases.filter((pl.col("end_reason_code") == "moved") & (pl.col("end_t") < NEVER))
    alone = life.members.filter((pl.col("end_reason_code") == "moved") & (pl.col("end_t") < NEVER))
    left = pl.concat(
        [
            alone.select("person_id", "case_id", move_date="end_date"),
            life.members.filter((pl.col("end_t") == NEVER) & pl.col("is_enrolled"))
            .join(cases.select("case_id", move_date="end_date"), on="case_id")
            .select("person_id", "case_id", "move_date"),
        ]
    )
    return (
        left.join(life.cases.select("case_id", "household_id"), on="case_id", maintain_order="left")
        .join(
            life.households.select("household_id", from_place="hukou").with_columns(
                to_place=pl.lit(OUTSIDE, dtype=pl.Int64)
            ),
            on="household_id",
            maintain_order="left",
        )
        .join(life.people, on="person_id", maintain_order="left")
        .with_columns(move_type_code=pl.lit("out"))
        .unique("person_id", keep="first", maintain_order=True)
        .select(COLUMNS)
        .sort("id_number")
    )


def _others(world: "World") -> pl.DataFrame:
    """Return moves of people off the rosters, one each."""
    rng = world.rng
    count = MOVES_A_MONTH * (LAST - world.first + 1)
    people = choose(world.neighbours.filter(pl.col("hukou_place") >= 0), count, rng)
    kind = rng.choice(["out", "in", "within"], count, p=[0.35, 0.35, 0.3])
    months = np.arange(count) % (LAST - world.first + 1) + world.first
    here = people["hukou_place"].to_numpy()
    elsewhere = rng.permutation(here)
    return people.with_columns(
        move_type_code=pl.Series(kind),
        move_date=pl.Series(days(months, rng.integers(1, 29, size=count))),
        from_place=pl.Series(np.where(kind == "in", OUTSIDE, here)),
        to_place=pl.Series(np.select([kind == "out", kind == "in"], [OUTSIDE, here], elsewhere)),
    ).select(COLUMNS)
