"""The education office: students in hardship, what their families were asked and answered, and what was paid."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import OUTSIDE, STREETS, draw_places
from flows.sample.months import LAST, days, label, month_of
from flows.sample.offices import Habit

if TYPE_CHECKING:
    from flows.sample.subjects import World

# Students identified in the first month and in each term's; the autumn list is the school year's.
IDENTIFIED = {"first": 90, "spring": 50, "autumn": 150}
SPRING, AUTUMN = 2, 8
VALID_MONTHS = 12
PLACES = {"hukou_place": "hukou_", "residence_place": "residence_"}
ANSWERS = ("accepted", "declined", "")
ANSWER_SHARES = (0.8, 0.15, 0.05)
REASONS = ("dignity", "no_need", "other_aid", "other")
REASON_SHARES = (0.5, 0.25, 0.15, 0.1)
INSTALMENTS = 4
# What is planted, in persons: paid against the family's word, never asked, asked last year, paid without being listed.
AGAINST, NEVER_OFFERED, LAPSED, RESPECTED, UNLISTED = 3, 4, 2, 2, 5

REGISTER = Habit(
    "困难学生台账{label}.xlsx",
    dates="serial number",
    sheet="{street}",
    above=("{street}家庭经济困难学生台账({label})",),
    footer=(("制表人:季闻笛", "", "", "学校盖章"),),
    changed=LAST - 5,
)
AID = Habit(
    "学生资助发放{label}.xlsx",
    dates="2025年6月30日",
    above=("{district}学生资助发放明细", "{label}    单位:元"),
    total_of="aid_amount_yuan",
    changed=LAST - 9,
    words=1,
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send the register and the payments of every month; return what was planted."""
    cases, unlisted = _cases(world)
    paid = _payments(world, cases, unlisted)
    for number in range(world.first, LAST + 1):
        names = world.district.names_at(number)
        now = world.placed(_register(cases, number), names, PLACES)
        street = pl.Series(world.district.street[now["residence_place"].to_numpy()])
        for at in range(len(STREETS)):
            rows = now.filter(street == at).sort("identified_date", "id_number")
            world.send("education_offers", rows, number, habit=REGISTER, street=world.district.street_name(at))
        rows = world.placed(paid.filter(pl.col("t") == number), names, PLACES)
        world.send("education_aid", rows, number, habit=AID)
    return _answers(cases, paid)


def _students(world: "World", count: int) -> pl.DataFrame:
    """Return students: minors of the rosters that still live, then others; with hukou and residence place."""
    ages = (2025 - pl.col("birth_date").dt.year()).is_between(7, 17)
    homes = (
        world.life.members.unique("person_id", keep="first", maintain_order=True)
        .join(world.life.cases.select("case_id", "household_id"), on="case_id", maintain_order="left")
        .join(
            world.life.households.select("household_id", hukou_place="hukou", residence_place="residence"),
            on="household_id",
            maintain_order="left",
        )
    )
    names = ["id_number", "person_name", "hukou_place", "residence_place"]
    theirs = (
        homes.join(world.life.people.filter(ages), on="person_id", maintain_order="left")
        .filter(
            pl.col("birth_date").is_not_null()
            & (pl.col("residence_place") >= 0)
            & ~pl.col("id_number").is_in(world.dead["id_number"].implode())
        )
        .sort("person_id")
        .select(names)
        .head(count // 3)
    )
    more = count - len(theirs) + 40  # some are somebody already
    made = world.strangers(world.rng.uniform(7, 17, more)).head(count - len(theirs))
    weights = world.district.population[:, 0, [0, 2]].sum(axis=1)
    home = draw_places(world.district, weights, len(made), world.rng)
    is_incoming = world.rng.random(len(made)) < 0.15
    others = made.with_columns(
        hukou_place=pl.Series(np.where(is_incoming, OUTSIDE, home)), residence_place=pl.Series(home)
    )
    return pl.concat([theirs, others.select(names)])


def _cases(world: "World") -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return every identification with what became of it, and the students who are on no list."""
    rng = world.rng
    terms = [(world.first, IDENTIFIED["first"])] + [
        (number, IDENTIFIED["spring" if number % 12 == SPRING else "autumn"])
        for number in range(world.first + 1, LAST + 1)
        if number % 12 in (SPRING, AUTUMN)
    ]
    sizes = [size for _, size in terms]
    people = _students(world, sum(sizes) + UNLISTED)
    people = people[rng.permutation(len(people))].with_columns(fault=pl.lit(""))
    listed, unlisted = people[: sum(sizes)], people[sum(sizes) :]
    count = len(listed)
    at = np.repeat([number for number, _ in terms], sizes)[:count]
    identified = days(at, rng.integers(1, 11, size=count))
    offered = identified + rng.integers(2, 21, size=count)
    answered = offered + rng.integers(1, 40, size=count)
    answer = rng.choice(ANSWERS, size=count, p=ANSWER_SHARES)
    reason = rng.choice(REASONS, size=count, p=REASON_SHARES)
    by = rng.choice(["system", "school", "application"], size=count, p=[0.6, 0.25, 0.15])

    # The last autumn's list holds those against whose word is paid, and those who are never asked.
    autumn = max(number for number, _ in terms if number % 12 == AUTUMN)
    chosen = np.flatnonzero(at == autumn)[: AGAINST + NEVER_OFFERED]
    against, never = chosen[:AGAINST], chosen[AGAINST:]
    # A decline of 15 months before the end has lapsed, one of last autumn stands: both are identified anew in spring.
    spring = np.flatnonzero(at == LAST - 3)[: LAPSED + RESPECTED]
    before = np.r_[
        np.flatnonzero(at == LAST - 15)[:LAPSED], np.flatnonzero(at == autumn)[len(chosen) : len(chosen) + RESPECTED]
    ]
    declined = np.r_[against, before]
    by[np.r_[against, never]] = "system"
    offered[before] = identified[before] + 3
    answered[declined] = offered[declined] + 5
    answer[declined] = "declined"
    reason[against] = "dignity"
    answer[np.r_[never, spring]] = ""
    identity = np.arange(count)
    identity[spring] = before
    fault = np.full(count, "", dtype=object)
    fault[against], fault[never] = "declined_but_aided", "never_offered"
    fault[spring] = np.repeat(["decline_lapsed", "decline_stands"], [LAPSED, RESPECTED])
    offered = offered.astype("datetime64[D]")
    offered[np.r_[never, spring]] = np.datetime64("NaT")
    answered[answer == ""] = np.datetime64("NaT")
    cases = listed[identity].with_columns(
        fault=pl.Series(fault.tolist(), dtype=pl.String),
        identified_date=pl.Series(identified),
        identified_by_code=pl.Series(by),
        school_stage_code=pl.col("id_number").str.slice(6, 4).cast(pl.Int64),
        offered_date=pl.Series(offered),
        answered_date=pl.Series(answered),
        offer_answer_code=pl.Series(answer),
        decline_reason_code=pl.Series(np.where(answer == "declined", reason, "")),
    )
    age = 2025 - pl.col("school_stage_code")
    return cases.with_columns(
        school_stage_code=pl.when(age < 13)
        .then(pl.lit("primary"))
        .when(age < 16)
        .then(pl.lit("junior"))
        .otherwise(pl.lit("senior")),
        offer_answer_code=pl.col("offer_answer_code").replace("", None),
        decline_reason_code=pl.col("decline_reason_code").replace("", None),
    ), unlisted


def _register(cases: pl.DataFrame, number: int) -> pl.DataFrame:
    """Return what the office knows at the end of a month of those identified within the year."""
    end = days(number, 31).item()
    listed = cases.filter(
        (pl.col("identified_date") <= end) & (pl.col("identified_date") > days(number - VALID_MONTHS, 31).item())
    )
    is_answered = pl.col("answered_date") <= end
    return listed.with_columns(
        pl.when(pl.col("offered_date") <= end).then("offered_date"),
        *(pl.when(is_answered).then(name) for name in ("answered_date", "offer_answer_code", "decline_reason_code")),
    )


def _payments(world: "World", cases: pl.DataFrame, unlisted: pl.DataFrame) -> pl.DataFrame:
    """Return monthly instalments: to who accepted, to who declined all the same, and to who is not listed."""
    names = ["id_number", "person_name", "hukou_place", "residence_place", "fault"]
    accepted = cases.filter(pl.col("offer_answer_code") == "accepted")
    against = cases.filter(pl.col("fault") == "declined_but_aided")
    parts = [
        accepted.select(*names, start=pl.Series(month_of(accepted["answered_date"].to_numpy()) + 1)),
        against.select(*names, start=pl.Series(month_of(against["answered_date"].to_numpy()) + 2)),
        unlisted.select(*names, start=pl.lit(LAST - 6, dtype=pl.Int64)).with_columns(
            fault=pl.lit("aided_without_hardship")
        ),
    ]
    rows = (
        pl.concat(parts)
        .join(pl.DataFrame({"instalment": np.arange(INSTALMENTS)}), how="cross")
        .with_columns(t=pl.col("start") + pl.col("instalment"))
        .filter(pl.col("t") <= LAST)
        .sort("t", "id_number")
    )
    kind = world.rng.choice(["living", "tuition", "meals"], size=len(rows), p=[0.6, 0.25, 0.15])
    return rows.with_columns(
        aid_no=pl.lit("ZZ" + world.prefix) + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(6),
        paid_date=pl.Series(days(rows["t"].to_numpy(), world.rng.integers(12, 26, size=len(rows)))),
        education_aid_type_code=pl.Series(kind),
        aid_amount_yuan=pl.Series(np.select([kind == "living", kind == "tuition"], [250.0, 400.0], 120.0)),
    )


def _answers(cases: pl.DataFrame, paid: pl.DataFrame) -> list[dict[str, Any]]:
    outcomes = {"decline_stands": "nothing"}
    answers = [
        {
            "fault": fault,
            "outcome": outcomes.get(fault, "finding"),
            "extract": "education_offers",
            "months": label(LAST),
            "person_name": name,
            "id_number": number,
            "event_date": day.isoformat(),
        }
        for fault, name, number, day in cases.filter(~pl.col("fault").is_in(["", "declined_but_aided"]))
        .select("fault", "person_name", "id_number", "identified_date")
        .iter_rows()
    ]
    wrongly = (
        paid.filter(pl.col("fault") != "")
        .sort("id_number", "t")
        .group_by("fault", "person_name", "id_number", maintain_order=True)
        .agg("t", yuan=pl.col("aid_amount_yuan").sum())
    )
    return answers + [
        {
            "fault": fault,
            "outcome": "finding",
            "extract": "education_aid",
            "months": [label(number) for number in numbers],
            "person_name": name,
            "id_number": number_of,
            "paid_yuan": round(yuan, 2),
        }
        for fault, name, number_of, numbers, yuan in wrongly.iter_rows()
    ]
