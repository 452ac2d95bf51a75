"""What the service centre finds needed, quarter by quarter, and what it gives: four types of service."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import STREETS
from flows.sample.months import LAST, days, month
from flows.sample.offices import Habit
from flows.sample.programmes import month_of_life

if TYPE_CHECKING:
    from flows.sample.subjects import World

TYPES = np.array(["living_care", "counselling", "inclusion", "capacity"])
COUNSELLING = 1
NEEDED = np.array([0.11, 0.04, 0.05, 0.04])
DELIVERED = np.array([0.85, 0.9, 0.6, 0.45])
LESS_IN_THE_HILLS = 0.3
COST_YUAN = np.array([120.0, 200.0, 80.0, 150.0])
IN_KIND = np.array([0.35, 0.0, 0.05, 0.15])
WITHOUT_COUNSELLING = 3

NEEDS = Habit(
    "需求评估{label}.csv",
    dates="20250630",
    months="2025年6月",
    encoding="gb18030",
    line_end="\r\n",
    changed=month(2024, 12),
    words=1,
)
SERVICES = Habit(
    "服务记录{label}.xlsx",
    dates="date cell",
    sheet="{street}",
    above=("助联体服务记录({street},{label})",),
    footer=(("制表人:蓝见山",),),
    total_of="service_cost_yuan",
    changed=month(2025, 1),
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send the assessments of every quarter and the services of every month."""
    needs = _needs(world)
    services = _services(world, needs)
    ignored = _ignored(needs)
    is_ignored = pl.col("person_id").is_in(ignored["person_id"].to_list()) & (pl.col("type") == COUNSELLING)
    services = services.filter(~is_ignored).with_columns(
        service_no=pl.lit("FW" + world.prefix) + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(6)
    )
    for (number,), assessed in needs.group_by("quarter_t", maintain_order=True):
        placed = world.placed(assessed, world.district.names_at(number), {"place": "residence_"})
        report_month = days(number).item()
        world.send("needs", placed.with_columns(report_month=pl.lit(report_month)), number, habit=NEEDS)
    for number in range(world.first, LAST + 1):
        names = world.district.names_at(number)
        given = world.placed(services.filter(pl.col("t") == number), names, {"place": "residence_"})
        for at in range(len(STREETS)):
            street = world.district.street_name(at)
            rows = given.filter(pl.col("residence_street_name") == street)
            world.send("services", rows, number, street=street, habit=SERVICES)
    return [
        {"fault": "counselling_never_given", "outcome": "finding", "extract": "needs", "months": "all"}
        | {"id_number": person["id_number"], "person_name": person["person_name"]}
        for person in ignored.iter_rows(named=True)
    ]


def _needs(world: "World") -> pl.DataFrame:
    # What a person needs stays; who is on a roster is assessed every quarter.
    needed = world.rng.random((len(world.life.people), len(TYPES))) < NEEDED
    quarters = []
    for number in range(world.first + (2 - world.first) % 3, LAST + 1, 3):
        members = (
            month_of_life(world.life, number)
            .members.filter(pl.col("is_covered") & (pl.col("residence_place") >= 0))
            .unique("person_id", keep="first", maintain_order=True)
        )
        person, kind = np.nonzero(needed[members["person_id"].to_numpy()])
        day = days(number - world.rng.integers(0, 3, size=len(person)), world.rng.integers(1, 29, size=len(person)))
        quarters.append(
            members[person]
            .select("person_id", "id_number", "person_name", place="residence_place")
            .with_columns(
                quarter_t=pl.lit(number, dtype=pl.Int64),
                type=pl.Series(kind),
                service_type_code=pl.Series(TYPES[kind]),
                assessed_date=pl.Series(day),
            )
        )
    return pl.concat(quarters)


def _services(world: "World", needs: pl.DataFrame) -> pl.DataFrame:
    rng, kind = world.rng, needs["type"].to_numpy()
    in_hills = np.array([street.kind == "hills" for street in STREETS])[world.district.street[needs["place"]]]
    chance = DELIVERED[kind] - LESS_IN_THE_HILLS * in_hills
    # Whoever needs counselling gets some in the first quarter; those who never do are planted.
    is_first = needs.select(pl.struct("person_id", "type").is_first_distinct()).to_series().to_numpy()
    given = (rng.random(len(needs)) < chance) | (is_first & (kind == COUNSELLING))
    times = given * (1 + rng.poisson(0.5, len(needs)))
    at = np.repeat(np.arange(len(needs)), times)
    count, kind = len(at), kind[at]
    number = np.maximum(needs["quarter_t"].to_numpy()[at] - rng.integers(0, 3, size=count), world.first)
    return (
        needs[at]
        .with_columns(
            t=pl.Series(number),
            service_date=pl.Series(days(number, rng.integers(1, 29, size=count))),
            service_cost_yuan=pl.Series((COST_YUAN[kind] * rng.lognormal(0, 0.3, count)).round(2)),
            provision_code=pl.Series(np.where(rng.random(count) < IN_KIND[kind], "in_kind", "service")),
        )
        .sort("service_date", "id_number", "service_type_code", "service_cost_yuan")
    )


def _ignored(needs: pl.DataFrame) -> pl.DataFrame:
    counselled = needs.filter(pl.col("type") == COUNSELLING)
    quarters = counselled["quarter_t"].n_unique()
    return (
        counselled.filter(pl.len().over("person_id") == quarters)
        .unique("person_id", keep="first", maintain_order=True)
        .head(WITHOUT_COUNSELLING)
    )
