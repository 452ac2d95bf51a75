"""Applications for assistance and their 16 steps, as the one-stop service (“一证”通办) logs them.

Whoever comes onto a roster within the history applied about two months before; others were turned down or gave up, and
some applications just lie there.
"""

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, Days, Numbers, days, first_day, label, month, month_of
from flows.sample.offices import Habit
from flows.settings import DBT_PROJECT

if TYPE_CHECKING:
    from flows.sample.subjects import World

APPLICATIONS = Habit(
    "一证通办申请{month}.csv",
    dates="20250630",
    months="2025年6月",
    encoding="gb18030",
    line_end="\r\n",
    changed=month(2025, 1),
)
EVENTS = Habit(
    "办件环节{label}.xlsx",
    dates="serial number",
    sheet="{street}",
    above=("{street}社会救助办件环节明细({label})",),
    footer=(("制表人:言若木",),),
    changed=month(2024, 10),
)
BOTH = {"hukou_place": "hukou_", "residence_place": "residence_"}

# Working days that a step takes after the one before, from and below; publicity is counted in calendar days.
GAPS = {
    "guide": (0, 1),
    "supplement": (1, 4),
    "accept": (0, 2),
    "authorise": (0, 2),
    "verify": (2, 4),
    "visit": (1, 4),
    "inquire": (0, 2),
    "review": (1, 3),
    "investigate": (0, 2),
    "endorse": (0, 2),
    "approve": (1, 3),
    "notify": (0, 2),
    "publish": (0, 2),
}
STEPS = ("apply", *list(GAPS)[:9], "publicise", *list(GAPS)[9:], "pay")
LATE_SHARE, LATE_DAYS = {"visit": 0.07, "approve": 0.06}, (5, 11)
PUBLICITY_DAYS, SUPPLEMENTED = 7, 0.15
INVESTIGATION_DAYS = 15
TURNED_DOWN_A_MONTH = 12
# Across the National Day holiday of 2024, whose make-up days are 29 September and 12 October.
PLANTED_ACCEPTED, PLANTED_MONTH = np.datetime64("2024-09-23"), month(2024, 12)
STALLED_AFTER, STALLED_MONTHS = "visit", (LAST - 6, LAST - 5, LAST - 4, LAST)
PLANTED = {"investigation_over_limit": 20, "investigation_at_limit": 15}


def send(world: "World") -> list[dict[str, Any]]:
    """Send every month's applications and the steps done in it; return which investigations took how long."""
    applied = _applications(world)
    done, answers = _timeline(applied, world.rng)
    events, stalled = _stalled(applied, _events(applied, done, world.rng), answers)
    answers += stalled
    for number in range(world.first, LAST + 1):
        names = world.district.names_at(number)
        mine = applied.filter(pl.col("applied_t") == number)
        rows = world.placed(mine, names, BOTH).with_columns(report_month=pl.lit(first_day(number)))
        world.send("applications", rows, number, habit=APPLICATIONS)
        of_month = events.filter(pl.col("event_t") == number)
        for street in sorted(of_month["street"].unique()):
            sheet = of_month.filter(pl.col("street") == street)
            world.send("case_events", sheet, number, street=world.district.street_name(street), habit=EVENTS)
    return answers


def _applications(world: "World") -> pl.DataFrame:
    rng, life = world.rng, world.life
    came = (
        life.cases.filter((pl.col("start_t") >= world.first + 2) & ~pl.col("is_single_person"))
        .unique("household_id", keep="first", maintain_order=True)
        .join(life.members.filter(pl.col("relation_code") == "head").select("case_id", "person_id"), on="case_id")
        .join(life.people, on="person_id", maintain_order="left")
        .join(life.households.select("household_id", "hukou", "residence"), on="household_id", maintain_order="left")
        .sort("case_id")
        .select(
            "id_number",
            "person_name",
            "programme_code",
            hukou_place="hukou",
            residence_place="residence",
            applied_t=pl.col("start_t") - 2,
            is_granted=pl.lit(True),
        )
    )
    # The rest got no grant of temporary assistance either; of the last two months' some are on their way to a roster.
    others = world.neighbours[2500:]
    count = min(TURNED_DOWN_A_MONTH * (LAST - world.first + 1), len(others))
    applied = rng.integers(world.first, LAST + 1, size=count)
    refused = others[rng.choice(len(others), count, replace=False)].select(
        "id_number",
        "person_name",
        programme_code=pl.Series(rng.choice(["dibao", "dibian", "tekun"], count, p=[0.75, 0.2, 0.05])),
        hukou_place="hukou_place",
        residence_place="residence_place",
        applied_t=pl.Series(applied),
        is_granted=pl.Series((applied >= LAST - 1) & (rng.random(count) < 0.6)),
    )
    rows = pl.concat([came, refused])
    total = len(rows)
    serial = pl.int_range(1, total + 1).cast(pl.String).str.zfill(5)
    return rows.with_columns(
        application_no=pl.lit("YZ" + world.prefix) + serial,
        application_date=pl.Series(days(rows["applied_t"].to_numpy(), rng.integers(1, 9, size=total))),
        application_channel_code=pl.Series(rng.choice(["online", "proxy", "window"], total, p=[0.35, 0.40, 0.25])),
        street=pl.Series(_street(world, rows)),
    )


def _street(world: "World", rows: pl.DataFrame) -> Numbers:
    # Where somebody lives, else where he is registered: there the application is taken.
    home, registered = rows["residence_place"].to_numpy(), rows["hukou_place"].to_numpy()
    return np.asarray(world.district.street[np.maximum(np.where(home >= 0, home, registered), 0)])


def _timeline(applied: pl.DataFrame, rng: np.random.Generator) -> tuple[dict[str, Days], list[dict[str, Any]]]:
    """Return the day on which each step of each application is done, and the answer key of the investigations."""
    work, count = _working_days(), len(applied)
    gaps = {name: rng.integers(low, high, size=count) for name, (low, high) in GAPS.items()}
    for name, share in LATE_SHARE.items():
        gaps[name] = gaps[name] + (rng.random(count) < share) * rng.integers(*LATE_DAYS, size=count)
    has_supplement = rng.random(count) < SUPPLEMENTED
    gaps["supplement"] = gaps["supplement"] * has_supplement
    publicity = PUBLICITY_DAYS + (rng.random(count) < 0.05) * rng.integers(1, 4, size=count)

    start = applied["application_date"].to_numpy().astype("datetime64[D]")
    planted = _planted(applied)
    start[list(planted.values())] = PLANTED_ACCEPTED
    for name in ("guide", "supplement", "accept"):
        gaps[name][list(planted.values())] = 0
    has_supplement[list(planted.values())] = False
    before = ("authorise", "verify", "visit", "inquire", "review")
    for fault, at in planted.items():
        gaps["investigate"][at] = PLANTED[fault] - sum(gaps[name][at] for name in before)

    done = {"apply": start}
    position = np.searchsorted(work, start)
    for name in STEPS[1 : STEPS.index("publicise")]:
        position = position + gaps[name]
        done[name] = work[position]
    done["publicise"] = done["investigate"] + publicity
    position = np.searchsorted(work, done["publicise"])
    for name in STEPS[STEPS.index("publicise") + 1 : -1]:
        position = position + gaps[name]
        done[name] = work[position]
    done["pay"] = days(np.maximum(month_of(done["approve"]) + 1, applied["applied_t"].to_numpy() + 2), 25)
    done["supplement"] = np.where(has_supplement, done["supplement"], np.datetime64("NaT"))

    took = np.sum([gaps[name] for name in (*before, "investigate")], axis=0)
    return done, _answers(applied, done, took, planted)


def _planted(applied: pl.DataFrame) -> dict[str, int]:
    granted = applied.with_row_index("at").filter(pl.col("is_granted") & (pl.col("applied_t") == PLANTED_MONTH - 2))
    return dict(zip(PLANTED, granted["at"].to_list(), strict=False))


def _answers(
    applied: pl.DataFrame, done: dict[str, Days], took: Numbers, planted: dict[str, int]
) -> list[dict[str, Any]]:
    known = month_of(done["investigate"]) <= LAST
    over = np.flatnonzero((took > INVESTIGATION_DAYS) & known & _reaches(applied, done, "investigate"))
    listed = {int(at): "investigation_over_limit" for at in over}
    listed |= {at: fault for fault, at in planted.items()}
    return [
        {
            "fault": fault,
            "outcome": "in time" if fault == "investigation_at_limit" else "finding",
            "extract": "case_events",
            "months": label(int(month_of(done["investigate"][at : at + 1])[0])),
            "application_no": applied["application_no"][at],
            "accepted": str(done["accept"][at]),
            "investigated": str(done["investigate"][at]),
            "working_days": int(took[at]),
            "is_planted": at in planted.values(),
        }
        for at, fault in sorted(listed.items())
    ]


def _last_step(applied: pl.DataFrame) -> pl.Series:
    """Return the step at which an application comes to its end, told from its number: half at the investigation."""
    at = pl.col("application_no").str.slice(-2).cast(pl.Int64) % 4
    return applied.select(
        pl.when("is_granted")
        .then(pl.lit("pay"))
        .otherwise(
            pl.when(at == 0)
            .then(pl.lit("accept"))
            .when(at == 1)
            .then(pl.lit("verify"))
            .otherwise(pl.lit("investigate"))
        )
    ).to_series()


def _reaches(applied: pl.DataFrame, done: dict[str, Days], step: str) -> np.ndarray:
    order = list(done)
    return np.array([order.index(last) for last in _last_step(applied)]) >= order.index(step)


def _events(applied: pl.DataFrame, done: dict[str, Days], rng: np.random.Generator) -> pl.DataFrame:
    count = len(applied)
    last = _last_step(applied)
    order = {name: at for at, name in enumerate(STEPS)}
    operator = np.array([f"GH{number:03d}" for number in range(90)])
    parts = []
    for name in STEPS:
        minute = rng.integers(9 * 60, 17 * 60, size=count)
        clock = pl.Series([f"{at // 60:02d}:{at % 60:02d}" for at in minute.tolist()])
        channel = rng.choice(["online", "proxy", "window"], count, p=[0.55, 0.25, 0.20])
        ends = last == name
        result = np.where(ends & ~applied["is_granted"], np.where(name == "accept", "withdrawn", "rejected"), "passed")
        here = applied.select("application_no", "application_channel_code", "street").with_columns(
            step_code=pl.lit(name),
            step_number=pl.lit(order[name]),
            event_date=pl.Series(done[name].astype("datetime64[D]")),
            event_time=clock,
            operator_no=pl.Series(operator[applied["street"].to_numpy() * 10 + rng.integers(0, 10, size=count)]),
            event_channel_code=pl.Series(channel),
            step_result_code=pl.Series(result),
            is_reached=last.replace_strict(order, return_dtype=pl.Int64) >= order[name],
        )
        parts.append(here.filter(pl.col("is_reached") & pl.col("event_date").is_not_null()))
    rows = pl.concat(parts).with_columns(
        event_channel_code=pl.when(pl.col("step_code") == "apply")
        .then("application_channel_code")
        .otherwise("event_channel_code")
    )
    return rows.with_columns(event_t=pl.Series(month_of(rows["event_date"].to_numpy()))).sort(
        "event_date", "application_no", "step_number"
    )


def _stalled(
    applied: pl.DataFrame, events: pl.DataFrame, answers: list[dict[str, Any]]
) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """Let some applications that were to be turned down stop without a word after the visit, one of them lately."""
    named = [answer["application_no"] for answer in answers]
    asked = applied.with_columns(last=_last_step(applied)).filter(
        ~pl.col("is_granted") & (pl.col("last") == "investigate") & ~pl.col("application_no").is_in(named)
    )
    chosen = pl.concat([asked.filter(pl.col("applied_t") == number).head(1) for number in STALLED_MONTHS])
    is_left = pl.col("application_no").is_in(chosen["application_no"].implode())
    kept = events.filter(~is_left | (pl.col("step_number") <= STEPS.index(STALLED_AFTER)))
    last = kept.filter(is_left & (pl.col("step_code") == STALLED_AFTER))
    return kept, [
        {
            "fault": "application_waiting" if row["event_t"] == LAST else "application_stalled",
            "outcome": "pending" if row["event_t"] == LAST else "drop-off",
            "extract": "case_events",
            "months": label(row["event_t"]),
            "application_no": row["application_no"],
            "step_code": STALLED_AFTER,
        }
        for row in last.sort("application_no").to_dicts()
    ]


@cache
def _working_days() -> Days:
    """Return every working day of the calendar, from the same seed as the warehouse's."""
    seed = pl.read_csv(DBT_PROJECT / "seeds" / "working_days.csv", try_parse_dates=True)
    exceptions: dict[date, bool] = dict(seed.select("calendar_date", "is_working_day").iter_rows())
    first, last = date(min(exceptions).year, 1, 1), date(max(exceptions).year, 12, 31)
    every = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    return np.array([day for day in every if exceptions.get(day, day.weekday() < 5)], dtype="datetime64[D]")
