"""The people whom several subjects choose from: who is on the rosters, and who lives near them."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from flows.sample.months import LAST, NEVER

if TYPE_CHECKING:
    from flows.sample.subjects import World

PLACES = {"hukou_place": "hukou_", "residence_place": "residence_"}
NAMES = ["id_number", "person_name", "birth_date", "hukou_place", "residence_place"]


def on_rosters(world: "World") -> pl.DataFrame:
    """Return everybody of the rosters once: NAMES and `stays`.

    Who stays is enrolled in 低保 from before the history to its end, in a household of several, where no ID number
    is misread.
    """
    cases = world.life.cases.join(
        world.life.households.select("household_id", "hukou", "residence"), on="household_id", maintain_order="left"
    )
    alone = world.life.members.group_by("case_id").len().filter(pl.col("len") == 1)["case_id"].implode()
    throughout = (
        (pl.col("programme_code") == "dibao")
        & (pl.col("case_start") < world.first)
        & (pl.col("start_t") < world.first)
        & (pl.col("case_end") == NEVER)
        & (pl.col("end_t") == NEVER)
        & (pl.col("suspended_t") == NEVER)
        & pl.col("is_enrolled")
        & ~pl.col("case_id").is_in(alone)
    )
    return (
        world.life.members.join(
            cases.select(
                "case_id",
                "programme_code",
                "suspended_t",
                case_start="start_t",
                case_end="end_t",
                hukou_place="hukou",
                residence_place="residence",
            ),
            on="case_id",
            maintain_order="left",
        )
        .with_columns(stays=throughout)
        .sort("person_id", "case_id")
        .unique("person_id", keep="first", maintain_order=True)
        .join(world.life.people.drop("sex_code"), on="person_id", maintain_order="left")
        .select(*NAMES, "stays")
    )


def around(world: "World") -> pl.DataFrame:
    """Return everybody on and off the rosters: NAMES and `stays`."""
    neighbours = world.neighbours.select(NAMES).with_columns(stays=pl.lit(False))
    return pl.concat([on_rosters(world), neighbours]).unique("id_number", keep="first", maintain_order=True)


def of_age(people: pl.DataFrame, from_age: int, below_age: int) -> pl.DataFrame:
    """Return those whose age in full years at the end of the history lies between the two."""
    age = (LAST // 12 + 1970) - pl.col("birth_date").dt.year()
    return people.filter(age.is_between(from_age, below_age, closed="left"))


def choose(people: pl.DataFrame, count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return so many different people."""
    return people[rng.choice(len(people), count, replace=False)]
