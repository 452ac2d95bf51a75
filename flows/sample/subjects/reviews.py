"""The yearly re-verification (定期复核) of every household on a roster, and the last look at who leaves by 渐退.

Most are done in the month in which they are due, some late, a few never; one grace period ends without any.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, NEVER, Numbers, days, label
from flows.sample.offices import Habit
from flows.sample.programmes import month_of_life

if TYPE_CHECKING:
    from flows.sample.subjects import World

REVIEWS = Habit(
    "定期复核台账{label}.xlsx",
    dates="20250630",
    sheet="{street}",
    above=("{street}定期复核台账({label})",),
    footer=(("制表人:言若木", "", "", "复核人:时慕青"),),
    changed=LAST - 11,
)
PLACES = {"hukou_place": "hukou_", "residence_place": "residence_"}
# Done within the month, within the next one, never.
TIMES, TIME_SHARES = ("in time", "late", "never"), (0.9, 0.07, 0.03)
RESULTS, RESULT_SHARES = ("unchanged", "adjusted", "stopped"), (0.82, 0.15, 0.03)
NAMES = ["household_no", "person_name", "id_number", "programme_code", "hukou_place", "residence_place"]


def send(world: "World") -> list[dict[str, Any]]:
    """Send every month's list: what is due in it, and what was due before and is done now."""
    graces = world.life.cases.filter((pl.col("grace_t") < NEVER) & pl.col("end_t").is_between(world.first + 1, LAST))
    missed = graces.filter(pl.col("grace_t") > world.first).sort("case_id").tail(1)
    due = pl.concat([_due(world, number, graces, missed) for number in range(world.first, LAST + 1)])
    for number in range(world.first, LAST + 1):
        mine = due.filter((pl.col("t") == number) | ((pl.col("done_t") == number) & (pl.col("t") < number)))
        # What is done after the month is not known in it.
        known = pl.col("done_t") <= number
        rows = mine.with_columns(
            done_date=pl.when(known).then("done_date"), review_result_code=pl.when(known).then("review_result_code")
        )
        street = pl.Series(world.district.street[np.maximum(rows["hukou_place"].to_numpy(), 0)])
        placed = world.placed(rows, world.district.names_at(number), PLACES)
        for at in sorted(street.unique()):
            name = world.district.street_name(at)
            world.send("reviews", placed.filter(street == at), number, habit=REVIEWS, street=name)
    return _answers(world, due, missed)


def _due(world: "World", number: int, graces: pl.DataFrame, missed: pl.DataFrame) -> pl.DataFrame:
    rng = world.rng
    households = month_of_life(world.life, number).households.filter("is_covered")
    # Nobody looks at the household that is missed, as long as its grace period lasts.
    unseen = pl.lit(value=False)
    if len(missed) and missed["grace_t"][0] <= number <= missed["end_t"][0]:
        unseen = pl.col("household_id") == missed["household_id"][0]
    yearly = households.filter((pl.col("household_id") % 12 == number % 12) & ~unseen)
    last = graces.filter(pl.col("end_t") == number + 1)
    leaving = households.filter(
        pl.col("case_id").is_in(last["case_id"].implode()) & ~pl.col("case_id").is_in(missed["case_id"].implode())
    )
    count = len(yearly)
    time = rng.choice(TIMES, count, p=TIME_SHARES)
    done_t: Numbers = np.select([time == "in time", time == "late"], [number, number + 1], NEVER)
    done = days(np.where(done_t == NEVER, number, done_t), rng.integers(1, 29, size=count))
    result = pl.Series(rng.choice(RESULTS, count, p=RESULT_SHARES))
    rows = [
        yearly.select(NAMES).with_columns(
            mark=pl.lit("N"), done_t=pl.Series(done_t), done_date=pl.Series(done), review_result_code=result
        ),
        leaving.select(NAMES).with_columns(
            mark=pl.lit("J"),
            done_t=pl.lit(number, dtype=pl.Int64),
            done_date=pl.Series(days(np.full(len(leaving), number), 20)),
            review_result_code=pl.lit("stopped"),
        ),
    ]
    stamp = f"FH{world.prefix}{1970 + number // 12}{number % 12 + 1:02d}"
    serial = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(4)
    due = pl.lit(days(np.array([number]), 31).item())
    return pl.concat(rows).with_columns(
        t=pl.lit(number, dtype=pl.Int64), due_date=due, review_no=pl.lit(stamp) + pl.col("mark") + serial
    )


def _answers(world: "World", due: pl.DataFrame, missed: pl.DataFrame) -> list[dict[str, Any]]:
    [head] = (
        world.life.members.filter(
            pl.col("case_id").is_in(missed["case_id"].implode()) & (pl.col("relation_code") == "head")
        )
        .join(world.life.people, on="person_id")
        .to_dicts()
    )
    year = due.filter((pl.col("t") > LAST - 12) & (pl.col("programme_code") == "dibao"))
    in_time = year.filter(pl.col("done_t") == pl.col("t"))
    return [
        {
            "fault": "grace_without_review",
            "outcome": "finding",
            "extract": "reviews",
            "months": label(missed["end_t"][0] - 1),
            "person_name": head["person_name"],
            "id_number": head["id_number"],
        },
        {
            "fault": "reviews_not_in_time",
            "outcome": "share",
            "extract": "reviews",
            "months": label(LAST),
            "due": len(year),
            "in_time": len(in_time),
        },
    ]
