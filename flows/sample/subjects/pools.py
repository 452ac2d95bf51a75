"""The people whom several subjects choose from: who is on the rosters, and who lives near them."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, NEVER, label

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


def came_alone(world: "World") -> pl.DataFrame:
    """Return who came on the 低保 roster within the history, lives alone and stays: NAMES and what answers need.

    None of them is among those whom the faults of the rosters choose from. Each subject takes a slice of its own.
    """
    cases = world.life.cases
    alone = world.life.members.group_by("case_id").len().filter(pl.col("len") == 1)["case_id"].implode()
    return (
        cases.filter(
            (pl.col("programme_code") == "dibao")
            & pl.col("start_t").is_between(world.first + 2, LAST - 9)
            & (pl.col("end_t") == NEVER)
            & (pl.col("suspended_t") == NEVER)
            & ~pl.col("is_single_person")
            & pl.col("household_id").is_unique()
            & pl.col("case_id").is_in(alone)
        )
        .join(world.life.members.select("case_id", "person_id"), on="case_id", maintain_order="left")
        .join(world.life.people, on="person_id", maintain_order="left")
        .join(world.life.households, on="household_id", maintain_order="left")
        .rename({"hukou": "hukou_place", "residence": "residence_place"})
        .filter((pl.col("birth_date").dt.year() < 2000) & (pl.col("hukou_place") >= 0))
        .sort("person_id")
        .select("person_id", *NAMES, "household_no", "start_t", "income_per_head")
    )


def known_as(person: dict[str, Any], fault: str, outcome: str, extract: str) -> dict[str, Any]:
    """Return the answer key of something planted with one person of the rosters."""
    told = {name: person[name] for name in ("household_no", "person_name", "id_number")}
    return {"fault": fault, "outcome": outcome, "extract": extract} | told


def paid_from(world: "World", person: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the benefit months from a month on for which the person was paid, and the yuan."""
    paid = world.payments.filter(
        (pl.col("person_id") == person["person_id"])
        & (pl.col("benefit_t") >= number)
        & (pl.col("bank_result_code") == "success")
    )
    return {
        "months": sorted({label(each) for each in paid["benefit_t"]}),
        "paid_yuan": round(paid["paid_amount_yuan"].sum(), 2),
    }
