"""Referrals to the service centre (助联体): who was turned down or fell between the programmes, served, closed."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, days, label, month
from flows.sample.offices import Habit

if TYPE_CHECKING:
    from flows.sample.subjects import World

REFERRALS_A_MONTH = 45
EXITED_SHARE = 0.2
LONGEST_WAIT_DAYS = 60
NEVER_SERVED, NEVER_SERVED_BACK = 2, 5  # how many, and how many months before the last they were referred

HABIT = Habit(
    "助联体转介台账{label}.xlsx",
    dates="2025年6月30日",
    above=("{district}助联体转介台账", "统计时段:{label}"),
    footer=(("制表人:蓝见山", "", "", "复核:时慕青"),),
    changed=month(2024, 10),
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send the list of every month: what was referred, open or closed in it."""
    referred, forgotten = _referrals(world)
    answers: list[dict[str, Any]] = []
    for number in range(world.first, LAST + 1):
        start, end = days(number).item(), days(number, 31).item()
        listed = referred.filter(
            (pl.col("referred_date") <= end) & (pl.col("closed_date").is_null() | (pl.col("closed_date") >= start))
        ).with_columns(pl.when(pl.col(name) <= end).then(name).alias(name) for name in ("served_date", "closed_date"))
        names = world.district.names_at(number)
        places = {"hukou_place": "hukou_", "residence_place": "residence_"}
        delivery = world.send("referrals", world.placed(listed, names, places), number, habit=HABIT)
        if number == LAST:
            answers = [
                {
                    "fault": "referral_never_served",
                    "outcome": "finding",
                    "extract": delivery.extract,
                    "months": label(LAST - NEVER_SERVED_BACK),
                    "file": delivery.file,
                    "id_number": person["id_number"],
                    "person_name": person["person_name"],
                    "area_code": names["village_code"][person["residence_place"]],
                }
                for person in forgotten.iter_rows(named=True)
            ]
    return answers


def _referrals(world: "World") -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = world.rng
    count = REFERRALS_A_MONTH * (LAST - world.first + 1)
    exited = round(count * EXITED_SHARE)
    columns = ["id_number", "person_name", "hukou_place", "residence_place"]
    left = (
        world.life.members.filter(pl.col("relation_code") == "head")
        .join(world.life.cases.filter(pl.col("end_reason_code") == "income"), on="case_id", maintain_order="left")
        .join(world.life.households, on="household_id", maintain_order="left")
        .join(world.life.people, on="person_id", maintain_order="left")
        .rename({"hukou": "hukou_place", "residence": "residence_place"})
        .filter(pl.col("residence_place") >= 0)
        .unique("id_number", keep="first", maintain_order=True)
        .select(columns)
    )
    exited = min(exited, len(left))
    people = pl.concat([left.head(exited), world.neighbours.tail(count - exited).select(columns)])
    at = rng.integers(world.first, LAST + 1, size=count)
    reason = rng.choice(["rejected", "beyond_policy"], count, p=[0.8, 0.2])
    referred = days(at, rng.integers(1, 29, size=count))
    served = referred + np.clip(rng.lognormal(2.6, 0.6, count), 1, LONGEST_WAIT_DAYS).astype(np.int64)
    closed = np.where(rng.random(count) < 0.9, served + rng.integers(7, 110, size=count), np.datetime64("NaT"))
    forgotten = np.flatnonzero((at == LAST - NEVER_SERVED_BACK) & (np.arange(count) >= exited))[:NEVER_SERVED]
    served[forgotten], closed[forgotten] = np.datetime64("NaT"), np.datetime64("NaT")
    rows = people.with_columns(
        referral_no=pl.lit("ZL" + world.prefix) + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(6),
        programme_code=pl.Series(rng.choice(["dibao", "dibian", "temporary"], count, p=[0.6, 0.2, 0.2])),
        referral_reason_code=pl.Series(np.where(np.arange(count) < exited, "exited", reason)),
        referred_date=pl.Series(referred),
        served_date=pl.Series(served),
        closed_date=pl.Series(closed),
    )
    return rows.sort("referred_date", "referral_no"), rows[forgotten]
