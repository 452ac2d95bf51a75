"""The housing office: who applied for a home or a rent subsidy, what was measured of them, and how it was decided."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, Numbers, days, label, month, month_of
from flows.sample.offices import Habit

if TYPE_CHECKING:
    from flows.sample.subjects import World

APPLICATIONS_A_MONTH = 28
PLACES = {"hukou_place": "hukou_", "residence_place": "residence_"}
# How many criteria an application fails; whoever fails none is approved.
FAILED_SHARES = (0.6, 0.22, 0.13, 0.05)
NARROW_SHARE = 0.4  # of those that fail one: missed by less than a tenth
UNEXPLAINED, UNMEASURED = 2, 3
# From the thresholds of the seed housing_criteria, written here once more: the sample is how the office sees it.
INCOME, INCOME_SINCE_2025, ASSETS, FLOOR_AREA = 2484.0, 2602.0, 80_000.0, 18.0
MONTHS, MONTHS_SINCE_JULY_2024 = 36, 24
CRITERIA = ("income", "assets", "floor_area", "residence")

HABIT = Habit(
    "住房保障申请{month}.csv",
    dates="2025年6月30日",
    months="2025年6月",
    encoding="gb18030",
    line_end="\r\n",
    changed=month(2025, 2),
    words=1,
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send every month what was decided in it and what is pending at its end; return what was planted."""
    rows = _applications(world)
    for number in range(world.first, LAST + 1):
        end = days(number, 31).item()
        is_pending = pl.col("decision_date") > end
        now = rows.filter(
            (pl.col("application_date") <= end) & (pl.col("decision_date") >= days(number).item())
        ).with_columns(
            report_month=pl.lit(days(number).item()),
            housing_decision_code=pl.when(is_pending).then(pl.lit("pending")).otherwise("housing_decision_code"),
            decision_date=pl.when(~is_pending).then("decision_date"),
        )
        placed = world.placed(now, world.district.names_at(number), PLACES)
        world.send("housing_applications", placed, number, habit=HABIT)
    return _answers(rows.filter(pl.col("decision_date") <= days(LAST, 31).item()))


def thresholds(applied: Numbers) -> np.ndarray:
    """Return the four thresholds in force in these months, one column a criterion."""
    return np.column_stack(
        [
            np.where(applied >= month(2025, 1), INCOME_SINCE_2025, INCOME),
            np.full(len(applied), ASSETS),
            np.full(len(applied), FLOOR_AREA),
            np.where(applied >= month(2024, 7), MONTHS_SINCE_JULY_2024, MONTHS),
        ]
    )


def _applicants(world: "World") -> pl.DataFrame:
    """Return adults off the rosters, each once, by the month in which they apply."""
    adults = world.neighbours.filter(pl.col("birth_date").dt.year() < 2004)
    span = LAST - world.first + 1
    count = min(APPLICATIONS_A_MONTH * span, len(adults))
    chosen = adults[world.rng.choice(len(adults), count, replace=False)]
    return chosen.select("id_number", "person_name", "hukou_place", "residence_place").with_columns(
        t=pl.Series(np.arange(count) % span + world.first)
    )


def _applications(world: "World") -> pl.DataFrame:
    """Return every application with its measures; the last ones of the history are still pending at its end."""
    rng = world.rng
    people = _applicants(world)
    count = len(people)
    applied = days(people["t"].to_numpy(), rng.integers(1, 29, size=count))
    decided = applied + rng.integers(12, 46, size=count)
    failed = rng.choice(len(FAILED_SHARES), size=count, p=FAILED_SHARES)
    # The first `failed` of each application's criteria, in an order of its own, are missed.
    is_failed = np.argsort(rng.random((count, len(CRITERIA))), axis=1) < failed[:, None]
    is_narrow = (failed == 1) & (rng.random(count) < NARROW_SHARE)
    far = rng.uniform(0.15, 0.8, (count, len(CRITERIA)))
    # At least three hundredths, so that rounding never closes the distance: half a square metre, a month.
    over = np.where(is_narrow[:, None], rng.uniform(0.03, 0.09, far.shape), far)
    limit = thresholds(month_of(applied))
    spare = rng.uniform(0.1, 0.8, far.shape)
    measured = limit * np.where(is_failed, 1 + over, 1 - spare)
    measured[:, 3] = np.floor(limit[:, 3] * np.where(is_failed[:, 3], 1 - over[:, 3], 1 + 4 * spare[:, 3]))
    for criterion, digits in enumerate((0, -2, 1)):
        measured[:, criterion] = measured[:, criterion].round(digits)
    decision = np.where(failed > 0, "rejected", "approved")
    fault = np.select([failed == 1, failed > 1], ["housing_near_miss", "housing_two_criteria"], "").astype(object)
    in_time = decided <= days(LAST, 31)
    unexplained = np.flatnonzero((failed == 0) & in_time)[:UNEXPLAINED]
    decision[unexplained], fault[unexplained] = "rejected", "housing_unexplained"
    # Assets that were never verified: fails one that is known, and nobody knows of the other.
    unmeasured = np.flatnonzero((failed == 1) & ~is_failed[:, 1] & in_time)[:UNMEASURED]
    measured[unmeasured, 1], fault[unmeasured] = np.nan, "housing_unmeasured"
    places = np.argmax(is_failed, axis=1)
    miss = np.abs(measured - limit)[np.arange(count), places]
    return people.with_columns(
        application_no=pl.lit("ZF" + world.prefix) + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(5),
        application_date=pl.Series(applied),
        decision_date=pl.Series(decided),
        housing_aid_type_code=pl.Series(rng.choice(["rental", "subsidy"], size=count, p=[0.35, 0.65])),
        housing_decision_code=pl.Series(decision),
        member_count=pl.Series(rng.integers(1, 6, size=count)),
        income_per_head_yuan=pl.Series(measured[:, 0]),
        assets_per_head_yuan=pl.Series(measured[:, 1]).fill_nan(None),
        floor_area_per_head_sqm=pl.Series(measured[:, 2]),
        local_months_count=pl.Series(measured[:, 3]).cast(pl.Int64),
        fault=pl.Series(fault.tolist(), dtype=pl.String),
        criterion_code=pl.Series(np.array(CRITERIA)[places]),
        miss=pl.Series(miss.round(2)),
    )


def _answers(rows: pl.DataFrame) -> list[dict[str, Any]]:
    outcomes = {"housing_near_miss": "finding", "housing_unexplained": "finding"}
    planted = rows.filter(pl.col("fault") != "")
    names = ("fault", "person_name", "id_number", "criterion_code", "miss")
    return [
        {
            "fault": fault,
            "outcome": outcomes.get(fault, "nothing"),
            "extract": "housing_applications",
            "months": label(int(decided)),
            "person_name": name,
            "id_number": number,
            "criterion_code": criterion,
            "miss": miss,
        }
        for (fault, name, number, criterion, miss), decided in zip(
            planted.select(names).iter_rows(), month_of(planted["decision_date"].to_numpy()), strict=True
        )
    ]
