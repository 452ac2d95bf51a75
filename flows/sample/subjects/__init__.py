"""What further offices know, one module a subject; each sends its extracts for the whole history.

A subject draws from a stream of its own, so that a new one changes nothing of what was there before.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl

from flows.sample.district import District
from flows.sample.offices import Delivery
from flows.sample.people import births_at_age, make_people
from flows.sample.programmes import Life
from flows.sample.subjects import (
    aided,
    budgets,
    care,
    cases,
    charity,
    complaints,
    custody,
    deaths,
    decisions,
    disability,
    disaster,
    education,
    employment,
    evidence,
    hardship,
    housing,
    matching,
    meetings,
    misnamed,
    misreports,
    moves,
    platform,
    poverty,
    prices,
    referrals,
    returns,
    reviews,
    services,
    society,
    staff,
    verdicts,
    wages,
)

FIRST_STREAM = 100  # below are the streams of the rosters and of what hangs on them

# The order is that of the streams: append, never insert.
SUBJECTS: tuple[ModuleType, ...] = (
    employment,
    disaster,
    disability,
    cases,
    education,
    housing,
    referrals,
    services,
    staff,
    charity,
    budgets,
    prices,
    platform,
    poverty,
    decisions,
    care,
    society,
    returns,
    reviews,
    evidence,
    aided,
    deaths,
    custody,
    moves,
    wages,
    meetings,
    matching,
    hardship,
    misreports,
    complaints,
    verdicts,
    misnamed,
)


@dataclass
class World:
    """The district as it really is, for an office to know a part of."""

    send: Callable[..., Delivery]  # (extract, frame, month number, habit=Habit(…)) → what was written where
    placed: Callable[[pl.DataFrame, pl.DataFrame, dict[str, str]], pl.DataFrame]  # place columns → names of a month
    district: District
    life: Life
    first: int  # the first month of the history, as a month number
    prefix: str  # in front of serial numbers, where districts share a file
    dead: pl.DataFrame
    custody: pl.DataFrame
    neighbours: pl.DataFrame  # people on no roster
    payments: pl.DataFrame  # every transfer of the history
    grants: pl.DataFrame  # every grant of temporary assistance
    rng: np.random.Generator
    taken: list[pl.Series] = field(default_factory=list)  # ID numbers that somebody has
    answers: list[dict[str, Any]] = field(default_factory=list)  # what was planted so far

    def strangers(self, ages: np.ndarray) -> pl.DataFrame:
        """Make people of these ages whose numbers nobody has: id_number, person_name, birth_date, sex_code."""
        people = make_people(self.rng, births_at_age(self.rng, ages), self.district.code, block=3)
        known = pl.concat(self.taken).unique().implode()
        made = people.filter(~pl.col("id_number").is_in(known)).drop("person_id")
        self.taken.append(made["id_number"])
        return made


def send_all(world: World, seed: int) -> list[dict[str, Any]]:
    """Let every subject send its extracts; return the answer key of what was planted."""
    answers: list[dict[str, Any]] = []
    for stream, subject in enumerate(SUBJECTS, start=FIRST_STREAM):
        world.rng = np.random.default_rng([seed, world.district.index, stream])
        planted = subject.send(world)
        world.answers = [*world.answers, *planted]
        answers += planted
    return answers
