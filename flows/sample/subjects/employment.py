"""What the employment office knows: courses that fit or do not, offers of work, registered unemployment."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import STREETS
from flows.sample.months import LAST, NEVER, Numbers, days, first_day, label, month
from flows.sample.offices import Habit
from flows.sample.subjects.pools import NAMES, PLACES, around, choose, of_age, on_rosters

if TYPE_CHECKING:
    from flows.sample.subjects import World

COURSES = np.array(["elder_care", "housekeeping", "electrician", "welding", "sewing", "cooking", "ecommerce"])
TRAINED_A_MONTH, OFFERED_TWICE = 45, 260
FOLLOW_UP_MONTHS = 6
# One village was sent, as one class, to a course that nobody there needed or had asked for.
CLASS_MONTH, CLASS_STEM, CLASS_SIZE = month(2024, 9), "樵歌", 9
CHANGED = month(2025, 1)

HABITS = {
    "trainings": Habit(
        "技能培训台账{label}.xlsx",
        dates="serial number",
        above=("{district}职业技能培训台账", "填报单位:{district}就业中心      {label}"),
        footer=(("制表人:谈知白", "", "", "分管领导:"),),
        changed=CHANGED,
    ),
    "job_offers": Habit(
        "就业帮扶推荐{month}.csv",
        dates="20250630",
        months="2025年6月",
        encoding="gb18030",
        line_end="\r\n",
        changed=CHANGED,
        words=1,
    ),
    "unemployment_registrations": Habit(
        "登记失业人员{label}.xlsx",
        sheet="{street}",
        dates="2025年6月30日",
        above=("{street}登记失业人员名册({label})",),
        changed=CHANGED,
    ),
}

# Months of three refusals each, counted from the first; who refuses, and for which reasons.
REFUSALS: tuple[tuple[str, str, tuple[int, int, int], tuple[str, str, str]], ...] = (
    ("work_refusals", "finding", (0, 2, 4), ("pay", "distance", "unwilling")),
    ("work_refusals", "finding", (1, 2, 3), ("unwilling", "unwilling", "pay")),
    ("work_refusals", "finding", (9, 11, 14), ("distance", "pay", "distance")),
    ("work_refusals_spread", "no finding", (0, 4, 8), ("pay", "distance", "unwilling")),
    ("work_refusals_spread", "no finding", (3, 7, 11), ("pay", "pay", "pay")),
    ("work_refusals_justified", "no finding", (2, 3, 4), ("pay", "illness", "unwilling")),
    ("work_refusals_not_enrolled", "no finding", (5, 6, 7), ("pay", "distance", "unwilling")),
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send trainings, offers and registrations of the whole history; return what was planted."""
    adults = of_age(around(world), 18, 59)
    trainings, training_answers = _trainings(world, adults)
    offers, offer_answers = _offers(world, adults)
    unemployed = _unemployed(world, adults)
    street = world.district.street
    for number in range(world.first, LAST + 1):
        names = world.district.names_at(number)
        _send(world, "trainings", _told_at(trainings, number), number)
        told = offers.filter(pl.col("t") == number).with_columns(report_month=pl.lit(first_day(number)))
        _send(world, "job_offers", told, number)
        now = unemployed.filter((pl.col("from_t") <= number) & (number <= pl.col("until_t")))
        at = street[now["residence_place"].to_numpy()]
        placed = world.placed(now, names, PLACES)
        for index in range(len(STREETS)):
            world.send(
                "unemployment_registrations",
                placed.filter(pl.Series(at == index)),
                number,
                street=world.district.street_name(index),
                habit=HABITS["unemployment_registrations"],
            )
    return training_answers + offer_answers


def _send(world: "World", name: str, rows: pl.DataFrame, number: int) -> None:
    world.send(name, world.placed(rows, world.district.names_at(number), PLACES), number, habit=HABITS[name])


def _drawn(people: pl.DataFrame, count: int, world: "World") -> pl.DataFrame:
    """Return so many different people for each month of the history, with the month as `t`."""
    months = range(world.first, LAST + 1)
    return pl.concat(
        choose(people, count, world.rng).select(NAMES).with_columns(t=pl.lit(number, dtype=pl.Int64))
        for number in months
    )


def _trainings(world: "World", adults: pl.DataFrame) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    rng = world.rng
    [place] = world.district.places(CLASS_STEM)
    apart = adults.filter((pl.col("residence_place") != place) & (pl.col("hukou_place") != place))
    rows = _drawn(apart, TRAINED_A_MONTH, world)
    count = len(rows)
    needed = COURSES[rng.integers(len(COURSES), size=count)]
    wished = np.where(rng.random(count) < 0.5, needed, COURSES[rng.integers(len(COURSES), size=count)])
    # Courses are filled as they come: 一锅粥.
    course = np.where(rng.random(count) < 0.3, needed, COURSES[rng.integers(3, size=count)])
    works = rng.random(count) < np.where(course == needed, 0.62, 0.27)
    rows = rows.with_columns(
        course_code=pl.Series(course),
        needed_course_code=_blanked(needed, rng.random(count) < 0.08),
        wished_course_code=_blanked(wished, rng.random(count) < 0.12),
        finished_date=pl.Series(days(rows["t"].to_numpy(), rng.integers(10, 29, size=count))),
        is_employed=pl.Series(works),
    )
    strangers = world.strangers(rng.integers(25, 55, size=CLASS_SIZE + 3)).head(CLASS_SIZE)
    sent = strangers.with_columns(
        hukou_place=pl.lit(place, dtype=pl.Int64),
        residence_place=pl.lit(place, dtype=pl.Int64),
        t=pl.lit(CLASS_MONTH, dtype=pl.Int64),
        course_code=pl.lit("elder_care"),
        needed_course_code=pl.lit("welding"),
        wished_course_code=pl.lit("electrician"),
        finished_date=pl.lit(days(CLASS_MONTH, 20).item()),
        is_employed=pl.lit(False),
    )
    answer = {
        "fault": "training_unmatched",
        "outcome": "shown",
        "extract": "trainings",
        "months": label(CLASS_MONTH),
        "area_code": world.district.names_at(LAST)["village_code"][place],
        "trained": len(sent),
        "need_matched": 0,
        "wish_matched": 0,
        "employed": 0,
        "district": _totals(pl.concat([rows, sent.select(rows.columns)])),
    }
    return pl.concat([rows, sent.select(rows.columns)]), [answer]


def _blanked(codes: np.ndarray, is_blank: np.ndarray) -> pl.Series:
    return pl.select(pl.when(~pl.Series(is_blank)).then(pl.Series(codes))).to_series()


def _totals(rows: pl.DataFrame) -> dict[str, int]:
    """Return what the twelve months to the end of the history come to, as known by then."""
    year = rows.filter(pl.col("t") > LAST - 12)
    matched = pl.col("course_code") == pl.col("needed_course_code")
    is_told = pl.col("t") <= LAST - FOLLOW_UP_MONTHS
    counts = year.select(
        trained=pl.len(),
        assessed=pl.col("needed_course_code").is_not_null().sum(),
        need_matched=matched.sum(),
        wish_matched=(pl.col("course_code") == pl.col("wished_course_code")).sum(),
        matched_followed_up=(matched & is_told).sum(),
        matched_employed=(matched & is_told & pl.col("is_employed")).sum(),
        unmatched_followed_up=(~matched & is_told).sum(),
        unmatched_employed=(~matched & is_told & pl.col("is_employed")).sum(),
    )
    return {name: int(value) for name, value in counts.row(0, named=True).items()}


def _told_at(rows: pl.DataFrame, number: int) -> pl.DataFrame:
    """Return the courses that ended in a month, and those of half a year before with what came of them."""
    works = pl.when("is_employed").then(pl.lit("employed")).otherwise(pl.lit("not_employed"))
    return pl.concat(
        [
            rows.filter(pl.col("t") == number).with_columns(employment_result_code=pl.lit(None, dtype=pl.String)),
            rows.filter(pl.col("t") == number - FOLLOW_UP_MONTHS).with_columns(employment_result_code=works),
        ]
    )


def _offers(world: "World", adults: pl.DataFrame) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    rng = world.rng
    stays = of_age(on_rosters(world).filter("stays"), 20, 55)
    enrolled = choose(stays, len(REFUSALS), rng)
    off = adults.filter(~pl.col("id_number").is_in(on_rosters(world)["id_number"].implode()))
    planted, answers = [], []
    for at, (fault, outcome, gaps, reasons) in enumerate(REFUSALS):
        person = (off if fault == "work_refusals_not_enrolled" else enrolled)[at].select(NAMES)
        refused: Numbers = world.first + np.array(gaps)
        # The third falls on an earlier day of its month than the first: less than so many months lie between.
        dates = days(refused, np.array([20, 12, 8]))
        planted.append(
            person[np.zeros(3, dtype=np.int64)].with_columns(
                t=pl.Series(refused),
                offer_date=pl.Series(dates),
                offer_type_code=pl.lit("job"),
                offer_result_code=pl.lit("refused"),
                refusal_reason_code=pl.Series(reasons),
            )
        )
        answers.append(
            {
                "fault": fault,
                "outcome": outcome,
                "extract": "job_offers",
                "months": [label(int(number)) for number in refused],
                "id_number": person["id_number"][0],
                "person_name": person["person_name"][0],
            }
        )
    # Nobody else is asked more than twice: three refusals are planted or are not there.
    known = pl.concat(planted).select("id_number").to_series().implode()
    others = adults.filter(~pl.col("id_number").is_in(known))
    twice = pl.concat([choose(others, OFFERED_TWICE, rng) for _ in range(2)]).select(NAMES)
    count = len(twice)
    numbers = np.r_[
        rng.integers(world.first, LAST - 8, size=count // 2), rng.integers(LAST - 8, LAST + 1, size=count // 2)
    ]
    results = rng.choice(["accepted", "refused", "open"], count, p=[0.55, 0.35, 0.10])
    reasons_given = rng.choice(["illness", "care", "pay", "distance", "unwilling"], count)
    offered = twice.with_columns(
        t=pl.Series(numbers),
        offer_date=pl.Series(days(numbers, rng.integers(1, 29, size=count))),
        offer_type_code=pl.Series(rng.choice(["job", "public_post", "training_place"], count, p=[0.6, 0.2, 0.2])),
        offer_result_code=pl.Series(results),
        refusal_reason_code=_blanked(reasons_given, results != "refused"),
    )
    return pl.concat([*planted, offered.select(planted[0].columns)]), answers


def _unemployed(world: "World", adults: pl.DataFrame) -> pl.DataFrame:
    rng = world.rng
    at_home = adults.filter(pl.col("residence_place") >= 0)
    people = choose(at_home, 320, rng).select(NAMES)
    count = len(people)
    start = rng.integers(world.first - 8, LAST + 1, size=count)
    end = start + rng.geometric(0.09, count)
    return people.with_columns(
        from_t=pl.Series(start),
        until_t=pl.Series(np.minimum(end, NEVER)),
        unemployed_date=pl.Series(days(start, rng.integers(1, 29, size=count))),
        is_insured=pl.Series(rng.random(count) < 0.45),
    )
