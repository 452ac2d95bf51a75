"""What the emergency office knows: shelters, the same in every village; who is exposed; who was helped."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import STREETS
from flows.sample.months import LAST, days, first_day, label, month
from flows.sample.offices import Habit
from flows.sample.subjects.pools import NAMES, PLACES, around, choose

if TYPE_CHECKING:
    from flows.sample.subjects import World

# One village was given far more than it can need; another is exposed and has no shelter.
SURPLUS_STEM, SURPLUS_CAPACITY, SURPLUS_EXPOSED = "曦湾", 900, 45
BARE_STEM, BARE_EXPOSED = "鹿衔", 310
# Residents exposed, by kind of street: hills slide, low land is flooded, and a typhoon is everywhere.
EXPOSED = {"hills": (60, 260), "rural": (160, 40), "industrial": (120, 30), "old": (90, 25), "new": (60, 25)}
TYPES = np.array(["hall", "school", "office", "gym"])
CHANGED = month(2024, 12)

HABITS = {
    "shelters": Habit(
        "避灾安置场所{label}.xlsx",
        sheet="{street}",
        above=("{street}避灾安置场所台账({label})",),
        footer=(("制表人:祝南乔", "", "审核:"),),
        changed=CHANGED,
        words=1,
    ),
    "exposed_population": Habit("受威胁人口{month}.csv", months="2025-06", changed=CHANGED),
    "disaster_grants": Habit(
        "受灾救助发放{label}.xlsx",
        dates="2025年6月30日",
        above=("{district}受灾人员救助金发放表({label})",),
        total_of="disaster_grant_amount_yuan",
        footer=(("制表人:祝南乔",),),
        changed=CHANGED,
    ),
}


def send(world: "World") -> list[dict[str, Any]]:
    """Send shelters and exposed residents by quarter, grants by month; return what was planted."""
    shelters, exposed = _shelters(world), _exposed(world)
    street = world.district.street
    people = around(world).filter(pl.col("residence_place") >= 0)
    for number in range(world.first, LAST + 1):
        names = world.district.names_at(number)
        grants = _grants(world, people, number)
        world.send("disaster_grants", world.placed(grants, names, PLACES), number, habit=HABITS["disaster_grants"])
        if number % 3 != 2:
            continue
        now = world.placed(shelters, names, {"place": ""})
        at = pl.Series(street[shelters["place"].to_numpy()])
        for index in range(len(STREETS)):
            world.send(
                "shelters",
                now.filter(at == index),
                number,
                street=world.district.street_name(index),
                habit=HABITS["shelters"],
            )
        # The halves of a village that is split later are still one.
        told = (
            world.placed(exposed, names, {"place": ""})
            .group_by("street_name", "village_name", "hazard_code", maintain_order=True)
            .agg(pl.col("exposed_count").sum())
            .with_columns(report_month=pl.lit(first_day(number)))
        )
        world.send("exposed_population", told, number, habit=HABITS["exposed_population"])
    return _answers(world, shelters, exposed)


def _shelters(world: "World") -> pl.DataFrame:
    rng = world.rng
    count = len(world.district.stem)
    [surplus], [bare] = world.district.places(SURPLUS_STEM), world.district.places(BARE_STEM)
    # The rule is one shelter of sixty places a village, whatever the village.
    capacity = np.where(np.arange(count) == surplus, SURPLUS_CAPACITY, 60 + 5 * rng.integers(0, 3, size=count))
    return pl.DataFrame(
        {
            "place": np.arange(count),
            "shelter_no": "BZ" + world.district.code + pl.Series(np.arange(count) + 1).cast(pl.String).str.zfill(3),
            "shelter_type_code": TYPES[rng.integers(len(TYPES), size=count)],
            "shelter_capacity_count": capacity,
        }
    ).filter(pl.col("place") != bare)


def _exposed(world: "World") -> pl.DataFrame:
    rng = world.rng
    count = len(world.district.stem)
    [surplus], [bare] = world.district.places(SURPLUS_STEM), world.district.places(BARE_STEM)
    kinds = np.array([street.kind for street in STREETS])[world.district.street]
    mean = np.array([EXPOSED[kind] for kind in kinds])
    # At least as many that a shelter of the rule is not five times too large.
    counts = {
        "flood": np.maximum(rng.poisson(mean[:, 0]), 25),
        "landslide": rng.poisson(mean[:, 1]),
        "typhoon": rng.poisson(30, size=count),
    }
    planted = {surplus: SURPLUS_EXPOSED, bare: BARE_EXPOSED}
    for place, persons in planted.items():
        counts["flood"][place], counts["landslide"][place], counts["typhoon"][place] = persons, 10, 20
    return pl.concat(
        pl.DataFrame({"place": np.arange(count), "exposed_count": told}).with_columns(hazard_code=pl.lit(hazard))
        for hazard, told in counts.items()
    )


def _grants(world: "World", people: pl.DataFrame, number: int) -> pl.DataFrame:
    rng = world.rng
    # Typhoons come from July to September.
    count = int(rng.poisson(28 if number % 12 in (6, 7, 8) else 7)) + 1
    return (
        choose(people, count, rng)
        .select(NAMES)
        .with_columns(
            grant_date=pl.Series(days(np.full(count, number), rng.integers(1, 29, size=count))),
            hazard_code=pl.Series(rng.choice(["flood", "landslide", "typhoon"], count, p=[0.4, 0.2, 0.4])),
            disaster_grant_amount_yuan=pl.Series(100.0 * rng.integers(3, 60, size=count)),
        )
    )


def _answers(world: "World", shelters: pl.DataFrame, exposed: pl.DataFrame) -> list[dict[str, Any]]:
    codes = world.district.names_at(LAST)["village_code"]
    # Who is exposed to several hazards is one person: the largest number of a village is what it needs.
    needed = exposed.group_by("place").agg(pl.col("exposed_count").max())
    district = {
        "capacity": int(shelters["shelter_capacity_count"].sum()),
        "exposed": int(needed["exposed_count"].sum()),
        "villages": len(world.district.stem),
    }
    return [
        {
            "fault": fault,
            "outcome": "finding",
            "extract": "shelters",
            "months": label(LAST),
            "area_code": codes[world.district.places(stem)[0]],
            "capacity": capacity,
            "exposed": persons,
            "district": district,
        }
        for fault, stem, capacity, persons in (
            ("shelter_surplus", SURPLUS_STEM, SURPLUS_CAPACITY, SURPLUS_EXPOSED),
            ("shelter_missing", BARE_STEM, 0, BARE_EXPOSED),
        )
    ]
