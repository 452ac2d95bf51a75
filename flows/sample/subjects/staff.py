"""Who does the work in the streets: full-time or beside other work, certified or not, come and gone."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import STREETS
from flows.sample.months import LAST, days, label, month
from flows.sample.offices import Habit

if TYPE_CHECKING:
    from flows.sample.subjects import World

POSTS_A_STREET = 7
LEFT_SHARE = 0.35
UNCERTIFIED_STREET = 8  # whose full-time staff hold no certificate

HABIT = Habit(
    "基层救助人员{label}.xlsx",
    dates="serial number",
    sheet="名册",
    above=("{district}基层社会救助工作人员名册({label})", "填报单位:基层治理科"),
    footer=(("制表人:陶问渠", "", "", "联系电话见通讯录"),),
    changed=month(2025, 1),
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send the list of every quarter, those who left in it included."""
    staff = _staff(world)
    names = {at: world.district.street_name(at) for at in range(len(STREETS))}
    staff = staff.with_columns(street_name=pl.col("street").replace_strict(names))
    answers: list[dict[str, Any]] = []
    for number in range(world.first + (2 - world.first) % 3, LAST + 1, 3):
        start, end = days(number - 2).item(), days(number, 31).item()
        listed = staff.filter(
            (pl.col("hired_date") <= end) & (pl.col("left_date").is_null() | (pl.col("left_date") >= start))
        ).with_columns(left_date=pl.when(pl.col("left_date") <= end).then("left_date"))
        delivery = world.send("staff", listed, number, habit=HABIT)
        answers = [
            {
                "fault": "no_certified_full_timer",
                "outcome": "finding",
                "extract": delivery.extract,
                "months": label(number),
                "file": delivery.file,
                "street_name": names[UNCERTIFIED_STREET],
                "area_code": world.district.street_codes[UNCERTIFIED_STREET],
            }
        ]
    return answers


def _staff(world: "World") -> pl.DataFrame:
    rng = world.rng
    posts = POSTS_A_STREET * len(STREETS)
    leavers = round(posts * LEFT_SHARE)
    people = world.strangers(rng.uniform(24, 55, 2 * (posts + leavers))).head(posts + leavers)
    # Every leaver is followed in the post; the first of a street never leaves.
    street = np.arange(posts) % len(STREETS)
    post = np.arange(posts) // len(STREETS)
    gone = rng.permutation(np.flatnonzero(post > 0))[:leavers]
    left = np.full(posts, np.datetime64("NaT"), dtype="datetime64[D]")
    left[gone] = days(rng.integers(world.first + 1, LAST + 1, size=leavers), rng.integers(1, 29, size=leavers))
    hired = days(world.first - rng.geometric(0.03, posts), rng.integers(1, 29, size=posts))
    full_time = (post == 0) | (rng.random(posts) < 0.4)
    at = np.r_[np.arange(posts), gone]
    is_certified = (rng.random(len(at)) < 0.35) | (np.arange(len(at)) < len(STREETS))
    is_full_time = full_time[at]
    return people.select("id_number", "person_name").with_columns(
        street=pl.Series(street[at]),
        employment_type_code=pl.Series(np.where(is_full_time, "full_time", "part_time")),
        is_certified=pl.Series(is_certified & ~(is_full_time & (street[at] == UNCERTIFIED_STREET))),
        hired_date=pl.Series(np.r_[hired, left[gone] + 1]),
        left_date=pl.Series(np.r_[left, np.full(leavers, np.datetime64("NaT"), dtype="datetime64[D]")]),
    )
