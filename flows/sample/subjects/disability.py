"""What the federation of the disabled knows: who holds a certificate, of which grade, and which subsidy."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, days, month
from flows.sample.offices import Habit
from flows.sample.subjects.pools import NAMES, PLACES, around, choose

if TYPE_CHECKING:
    from flows.sample.subjects import World

HOLDERS, FORGOTTEN = 900, 6
TYPES = ("visual", "hearing", "speech", "physical", "intellectual", "mental", "multiple")

HABIT = Habit(
    "持证残疾人{label}.xlsx",
    dates="date cell",
    above=("{district}持证残疾人及两项补贴名册", "({label})"),
    footer=(("制表人:柏闻笛", "", "", "(盖章)"),),
    changed=month(2025, 1),
    words=1,
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send the certificates of every quarter; return who is of the first grade and has nothing."""
    holders = _holders(world)
    for number in range(world.first, LAST + 1):
        if number % 3 == 2:
            names = world.district.names_at(number)
            world.send("disabilities", world.placed(holders, names, PLACES), number, habit=HABIT)
    codes = world.district.names_at(LAST)["village_code"]
    forgotten = holders.tail(FORGOTTEN).select("id_number", "person_name", "residence_place")
    return [
        {
            "fault": "disability_without_benefit",
            "outcome": "finding",
            "extract": "disabilities",
            "months": "all",
            "id_number": id_number,
            "person_name": name,
            "area_code": codes[place],
        }
        for id_number, name, place in forgotten.iter_rows()
    ]


def _holders(world: "World") -> pl.DataFrame:
    rng = world.rng
    people = choose(around(world), HOLDERS, rng).select(NAMES)
    grade = rng.choice(["one", "two", "three", "four"], HOLDERS, p=[0.15, 0.2, 0.3, 0.35])
    is_severe = np.isin(grade, ["one", "two"])
    # Whoever is of the first grade draws the care subsidy; the forgotten, below, are the only others.
    has_care = (grade == "one") | ((grade == "two") & (rng.random(HOLDERS) < 0.7))
    known = _described(people, grade, has_care, is_severe & (rng.random(HOLDERS) < 0.4), rng)
    strangers = world.strangers(rng.integers(30, 80, size=FORGOTTEN + 4)).head(FORGOTTEN)
    place = pl.Series(choose(world.neighbours.filter(pl.col("hukou_place") >= 0), FORGOTTEN, rng)["hukou_place"])
    nothing = np.zeros(FORGOTTEN, dtype=bool)
    forgotten = _described(
        strangers.with_columns(hukou_place=place, residence_place=place).select(NAMES),
        np.repeat("one", FORGOTTEN),
        nothing,
        nothing,
        rng,
    )
    return pl.concat([known, forgotten])


def _described(
    people: pl.DataFrame, grade: np.ndarray, has_care: np.ndarray, has_living: np.ndarray, rng: np.random.Generator
) -> pl.DataFrame:
    count = len(people)
    return people.with_columns(
        disability_type_code=pl.Series(rng.choice(TYPES, count)),
        disability_grade_code=pl.Series(grade),
        certified_date=pl.Series(days(LAST - 20 - rng.integers(0, 100, size=count), rng.integers(1, 29, size=count))),
        has_living_subsidy=pl.Series(has_living),
        has_care_subsidy=pl.Series(has_care),
    )
