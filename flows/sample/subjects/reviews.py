"""The register of regular reviews (定期复核): every household once a year, and the last look at who leaves by 渐退.

Most are done in the month in which they are due, some late, a few never; one grace period ends without any. A few
households are looked at out of turn: found unfit, or not looked at again before the confirmation ends, and still paid.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, NEVER, Numbers, days, label
from flows.sample.offices import Habit
from flows.sample.programmes import month_of_life
from flows.sample.subjects.pools import came_alone, known_as

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
# Confirmed for half a year beyond the next review: one that is late ends nothing.
VALID_MONTHS = 18
FOUND_T, EXPIRED_T = LAST - 3, LAST - 6
# Who is looked at out of turn, one household a fault: month, day, result, months for which it is confirmed.
OUT_OF_TURN = (
    ("assets_above_limit", FOUND_T, 14, "assets", VALID_MONTHS),
    ("check_refused", FOUND_T, 14, "refused", VALID_MONTHS),
    ("validity_expired", EXPIRED_T, 14, "unchanged", 2),
    # Found above the limit by mistake, and fit two weeks later.
    ("review_cleared", FOUND_T, 6, "assets", VALID_MONTHS),
    ("review_cleared", FOUND_T, 20, "unchanged", VALID_MONTHS),
)
NAMES = ["household_no", "person_name", "id_number", "programme_code", "hukou_place", "residence_place"]


def send(world: "World") -> list[dict[str, Any]]:
    """Send every month's list: what is due in it, and what was due before and is done now."""
    graces = world.life.cases.filter((pl.col("grace_t") < NEVER) & pl.col("end_t").is_between(world.first + 1, LAST))
    missed = graces.filter(pl.col("grace_t") > world.first).sort("case_id").tail(1)
    faults = list(dict.fromkeys(fault for fault, *_ in OUT_OF_TURN))
    apart = came_alone(world)[16:20].with_columns(fault=pl.Series(faults))
    due = pl.concat([_due(world, number, graces, missed, apart) for number in range(world.first, LAST + 1)])
    for number in range(world.first, LAST + 1):
        mine = due.filter((pl.col("t") == number) | ((pl.col("done_t") == number) & (pl.col("t") < number)))
        # What is done after the month is not known in it.
        known = pl.col("done_t") <= number
        rows = mine.with_columns(
            pl.when(known).then(name).alias(name) for name in ("done_date", "review_result_code", "valid_until_date")
        )
        street = pl.Series(world.district.street[np.maximum(rows["hukou_place"].to_numpy(), 0)])
        placed = world.placed(rows, world.district.names_at(number), PLACES)
        for at in sorted(street.unique()):
            name = world.district.street_name(at)
            world.send("reviews", placed.filter(street == at), number, habit=REVIEWS, street=name)
    return _answers(world, due, missed, apart)


def _due(world: "World", number: int, graces: pl.DataFrame, missed: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    rng = world.rng
    households = month_of_life(world.life, number).households.filter("is_covered")
    unseen = pl.col("household_no").is_in(apart["household_no"].implode())
    # Nobody looks at the household that is missed, as long as its grace period lasts.
    if len(missed) and missed["grace_t"][0] <= number <= missed["end_t"][0]:
        unseen |= pl.col("household_id") == missed["household_id"][0]
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
        _out_of_turn(households, number, apart),
    ]
    stamp = f"FH{world.prefix}{1970 + number // 12}{number % 12 + 1:02d}"
    serial = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(4)
    due = pl.lit(days(np.array([number]), 31).item())
    valid_until = pl.lit(days(np.array([number + VALID_MONTHS]), 31).item())
    is_fit = pl.col("review_result_code").is_in(["unchanged", "adjusted"])
    return pl.concat(rows, how="diagonal").with_columns(
        t=pl.lit(number, dtype=pl.Int64),
        due_date=due,
        review_no=pl.lit(stamp) + pl.col("mark") + serial,
        valid_until_date=pl.when(is_fit).then(pl.coalesce("valid_until_date", valid_until)),
    )


def _out_of_turn(households: pl.DataFrame, number: int, apart: pl.DataFrame) -> pl.DataFrame:
    columns = ["fault", "t", "day", "review_result_code", "months"]
    reviews = pl.DataFrame(OUT_OF_TURN, schema=columns, orient="row").filter(pl.col("t") == number)
    numbers, day, months = (reviews[name].to_numpy() for name in ("t", "day", "months"))
    named = apart.select("fault", "household_no").join(households.select(NAMES), on="household_no")
    return (
        reviews.select(
            "fault",
            "review_result_code",
            mark=pl.lit("L"),
            done_t="t",
            done_date=pl.Series(days(numbers, day)),
            valid_until_date=pl.Series(days(numbers + months, 31)),
        )
        .join(named, on="fault", maintain_order="left")
        .drop("fault")
    )


def _answers(world: "World", due: pl.DataFrame, missed: pl.DataFrame, apart: pl.DataFrame) -> list[dict[str, Any]]:
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
        *(
            known_as(person, fault, "no finding" if fault == "review_cleared" else "finding", "reviews")
            | {"months": label(EXPIRED_T + 3 if fault == "validity_expired" else FOUND_T)}
            for fault, person in zip(apart["fault"], apart.iter_rows(named=True), strict=True)
        ),
    ]
