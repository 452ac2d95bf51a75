"""What the social insurance office knows of wages, of people who are on a roster and of people who are not."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, NEVER, days, label, month
from flows.sample.offices import Habit
from flows.sample.subjects.pools import came_alone, choose, known_as, of_age

if TYPE_CHECKING:
    from flows.sample.subjects import World

INSURED_OTHERS = 60
# A wage so high that what is left after the disregard is above the line for one person; one within the disregard.
HIGH_YUAN, KEPT_YUAN = 6900.0, 3100.0
EARNS_FROM, KEPT_FROM, PAUSED_FROM = (LAST - 4, LAST - 3), LAST - 8, LAST - 5
DISREGARD_MONTHS = 12
# How long before they left those who earn too much have earned it; the few late ones should have left before.
LATE_EVERY, SOON, IN_GRACE, LATE = 8, 1, 3, 5

HABIT = Habit(
    "参保缴费比对{label}.xlsx",
    dates="serial number",
    above=("{district}社会救助对象参保缴费信息比对结果", "数据截止:{label}"),
    footer=(("注:缴费基数为当月申报基数",), ("经办人:席慕舟", "", "", "复核人:")),
    changed=month(2025, 1),
)
FIRMS = pl.Series(["青禾制衣厂", "云栈物业", "麦浪食品", "松溪五金", "听雨酒店", "远帆物流"])
COLUMNS = ["id_number", "person_name", "from_t", "until_t", "insured_t", "wage_amount_yuan", "insurance_status_code"]


def send(world: "World") -> list[dict[str, Any]]:
    """Send the wages of every month; return who earns too much and is still paid, and who only seems to."""
    people = came_alone(world)
    planted, kept, paused = people[11:13], people[13:15], people[15:16]
    # Came so early that the twelve months of the disregard are over before the history is.
    over = people[19:].filter(pl.col("start_t") <= LAST - DISREGARD_MONTHS - 2)[:1]
    left = _left(world)
    starts = [*EARNS_FROM, *[KEPT_FROM] * len(kept), PAUSED_FROM, over["start_t"][0] + 1]
    known = pl.concat([planted, kept, paused, over])
    yuan = [*[HIGH_YUAN] * len(planted), *[KEPT_YUAN] * len(kept), HIGH_YUAN, KEPT_YUAN]
    rows = pl.concat(
        [
            _spells(known, pl.Series(starts), LAST, pl.Series(yuan)).with_columns(
                insurance_status_code=pl.when(pl.col("id_number") == paused["id_number"][0])
                .then(pl.lit("paused"))
                .otherwise(pl.lit("active"))
            ),
            _spells(left, left["earns_t"], left["end_t"] + 1, pl.lit(HIGH_YUAN)),
            _others(world),
        ]
    ).with_columns(employer_name=FIRMS[(pl.Series(np.arange(len(known) + len(left) + INSURED_OTHERS)) % len(FIRMS))])
    for number in range(world.first, LAST + 1):
        now = rows.filter((pl.col("from_t") <= number) & (number <= pl.col("until_t"))).sort("id_number")
        told = now.with_columns(insured_from_date=pl.Series(days(now["insured_t"].to_numpy(), 3)))
        world.send("wages", told, number, habit=HABIT)
    late = left.filter("is_late").to_dicts()
    return [
        *(
            known_as(person, "income_above_line", "finding", "wages") | {"months": label(number)}
            for person, number in zip(planted.to_dicts(), EARNS_FROM, strict=True)
        ),
        *(
            known_as(person, "income_above_line", "finding", "wages") | {"months": label(person["start_t"] + 13)}
            for person in over.to_dicts()
        ),
        *(
            known_as(person, "income_above_line", "finding", "wages") | {"months": label(person["earns_t"])}
            for person in late
        ),
        *(known_as(person, "wage_disregarded", "no finding", "wages") for person in kept.to_dicts()),
        *(known_as(person, "insurance_paused", "no finding", "wages") for person in paused.to_dicts()),
        *(
            known_as(person, "left_for_income", "stopped in time", "wages") | {"months": label(person["earns_t"])}
            for person in left.filter(~pl.col("is_late")).to_dicts()
        ),
    ]


def _spells(people: pl.DataFrame, start: pl.Series, until: Any, yuan: Any) -> pl.DataFrame:
    return people.with_columns(
        from_t=start.cast(pl.Int64),
        until_t=pl.Series(until).cast(pl.Int64) if isinstance(until, pl.Series) else pl.lit(until, dtype=pl.Int64),
        insured_t=start.cast(pl.Int64),
        wage_amount_yuan=yuan,
        insurance_status_code=pl.lit("active"),
    ).select(COLUMNS)


def _left(world: "World") -> pl.DataFrame:
    """Return who lived alone on 低保 and left it because of income, with the month from which they earn: `earns_t`."""
    life = world.life
    alone = life.members.group_by("case_id").len().filter(pl.col("len") == 1)["case_id"].implode()
    late = pl.int_range(pl.len()) % LATE_EVERY == 0
    return (
        life.cases.filter(
            (pl.col("programme_code") == "dibao")
            & (pl.col("end_reason_code") == "income")
            & pl.col("end_t").is_between(world.first + 6, LAST)
            & (pl.col("start_t") < world.first)
            & (pl.col("suspended_t") == NEVER)
            & pl.col("household_id").is_unique()
            & pl.col("case_id").is_in(alone)
        )
        .join(life.members.select("case_id", "person_id"), on="case_id", maintain_order="left")
        .join(life.people, on="person_id", maintain_order="left")
        .join(life.households.select("household_id", "household_no"), on="household_id", maintain_order="left")
        .sort("person_id")
        .with_columns(is_late=late & (pl.col("grace_t") == NEVER))
        .with_columns(
            earns_t=pl.col("end_t")
            - pl.when("is_late").then(LATE).when(pl.col("grace_t") < NEVER).then(IN_GRACE).otherwise(SOON)
        )
    )


def _others(world: "World") -> pl.DataFrame:
    rng = world.rng
    people = choose(of_age(world.neighbours, 20, 58), INSURED_OTHERS, rng)
    start = pl.Series(rng.integers(world.first - 40, LAST - 3, size=INSURED_OTHERS))
    yuan = pl.Series(rng.uniform(4800, 9500, INSURED_OTHERS).round(0))
    return _spells(people, start, LAST, yuan)
