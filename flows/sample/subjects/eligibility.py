"""The civil affairs office's register of regular reviews: who was found fit, and who should have left."""

from typing import TYPE_CHECKING, Any

import polars as pl

from flows.sample.months import LAST, NEVER, days, label
from flows.sample.offices import Habit
from flows.sample.programmes import month_of_life
from flows.sample.subjects.pools import came_alone, known_as

if TYPE_CHECKING:
    from flows.sample.subjects import World

# Of a household in so many; each is reviewed in the same quarter of every year, in time.
REVIEWED_OF, QUARTERS_A_YEAR = 8, 4
FOUND_T, EXPIRED_T = LAST - 3, LAST - 6

HABIT = Habit(
    "资格复核结果{label}.xlsx",
    dates="date cell",
    above=("{district}社会救助对象资格复核结果", "填报单位:{district}民政局    {label}"),
    footer=(("制表人:言若木", "", "", "审核人:时慕青"),),
    changed=LAST - 3,
    words=1,
)
COLUMNS = ["household_no", "person_name", "programme_code", "review_date", "review_result_code", "valid_until_date"]


def send(world: "World") -> list[dict[str, Any]]:
    """Send the reviews of every quarter; return who was found unfit or not looked at again, and is still paid."""
    people = came_alone(world)
    assets, refused, expired, cleared = (people[at : at + 1] for at in range(16, 20))
    planted = {
        FOUND_T: pl.concat(
            [
                _review(assets, FOUND_T, 14, "assets", None),
                _review(refused, FOUND_T, 14, "refused", None),
                # Found above the limit by mistake, and fit two weeks later.
                _review(cleared, FOUND_T, 6, "assets", None),
                _review(cleared, FOUND_T, 20, "passed", FOUND_T + 12),
            ]
        ),
        EXPIRED_T: _review(expired, EXPIRED_T, 14, "passed", EXPIRED_T + 2),
    }
    for number in range(world.first, LAST + 1):
        if number % 3 == 2:
            rows = _reviewed(world, people, number)
            if number in planted:
                rows = pl.concat([rows, planted[number]])
            world.send("eligibility_reviews", rows.sort("household_no", "review_date"), number, habit=HABIT)
    return [
        known_as(frame.row(0, named=True), fault, outcome, "eligibility_reviews") | {"months": label(number)}
        for frame, fault, outcome, number in (
            (assets, "assets_above_limit", "finding", FOUND_T),
            (refused, "check_refused", "finding", FOUND_T),
            (expired, "validity_expired", "finding", EXPIRED_T + 3),
            (cleared, "review_cleared", "no finding", FOUND_T),
        )
    ]


def _review(people: pl.DataFrame, number: int, day: int, result: str, until: int | None) -> pl.DataFrame:
    return people.with_columns(
        programme_code=pl.lit("dibao"),
        review_date=pl.lit(days(number, day).item()),
        review_result_code=pl.lit(result),
        valid_until_date=pl.lit(None if until is None else days(until, 31).item(), dtype=pl.Date),
    ).select(COLUMNS)


def _reviewed(world: "World", apart: pl.DataFrame, number: int) -> pl.DataFrame:
    """Return the households whose turn it is in a quarter, all fit until the same quarter of the next year."""
    households = month_of_life(world.life, number).households.filter(
        (pl.col("programme_code") == "dibao")
        & pl.col("is_covered")
        & (pl.col("suspended_t") == NEVER)
        & ~pl.col("is_single_person")
        & (pl.col("household_id") % REVIEWED_OF == number // 3 % QUARTERS_A_YEAR)
        & ~pl.col("household_no").is_in(apart["household_no"].implode())
    )
    day = pl.Series(days(number, 1 + households["household_id"].to_numpy() % 27))
    return (
        _review(households, number, 1, "passed", number + 12)
        .with_columns(review_date=day)
        .unique("household_no", keep="first", maintain_order=True)
    )
