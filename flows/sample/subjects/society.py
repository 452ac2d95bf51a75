"""Social organisations, their volunteers, and the villages they have taken on."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import SPLIT_STEM, STREETS
from flows.sample.months import LAST, days, label, month
from flows.sample.offices import Habit

if TYPE_CHECKING:
    from flows.sample.subjects import World

STEMS = (
    "拾光 微澜 同舟 萤火 暖巷 邻里 青禾 细雨 渡口 归燕 长亭 小满",
    "灯塔 麦田 半亩 春泥 溪语 初晴 知音 远山 驿站 芳草 晨露 三餐",
)
NAMES = " ".join(STEMS).split()
WITHOUT_PARTNER = 7  # a street none of whose villages has a partner
PARTNERED_SHARE = 0.45

ORGANISATIONS = Habit("社会组织名录{label}.csv", months="2025-06", changed=month(2024, 9), words=1)
PARTNERSHIPS = Habit(
    "结对村社{label}.xlsx",
    dates="20250630",
    sheet="结对表",
    above=("社会组织结对村(社区)情况表", "{district}    {label}"),
    footer=(("制表人:沈清和",),),
    changed=month(2025, 1),
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send the organisations and their partner villages of every quarter."""
    organisations, partners = _organisations(world), _partners(world)
    delivery = None
    for number in range(world.first + (2 - world.first) % 3, LAST + 1, 3):
        report_month = pl.lit(days(number).item())
        world.send(
            "social_organisations", organisations.with_columns(report_month=report_month), number, habit=ORGANISATIONS
        )
        begun = partners.filter(pl.col("started_date") <= days(number, 31).item())
        rows = world.placed(begun, world.district.names_at(number), {"place": ""})
        delivery = world.send("partnerships", rows, number, habit=PARTNERSHIPS)
    if delivery is None:
        return []
    return [
        {
            "fault": "street_without_partner",
            "outcome": "finding",
            "extract": delivery.extract,
            "months": label(LAST),
            "file": delivery.file,
            "street_name": world.district.street_name(WITHOUT_PARTNER),
            "area_code": world.district.street_codes[WITHOUT_PARTNER],
        }
    ]


def _code(world: "World", at: int) -> str:
    return f"SH{world.district.code}{at + 1:03d}"


def _organisations(world: "World") -> pl.DataFrame:
    rng, count = world.rng, len(NAMES)
    return pl.DataFrame(
        {
            "organisation_code": [_code(world, at) for at in range(count)],
            "organisation_name": [f"{world.district.prefix}{name}公益服务社" for name in NAMES],
            "street_name": [world.district.street_name(at) for at in rng.integers(0, len(STREETS), size=count)],
            "organisation_type_code": rng.choice(["charity", "social_work", "volunteers"], count, p=[0.2, 0.35, 0.45]),
            "volunteer_count": np.round(rng.lognormal(4.3, 0.8, count)).astype(np.int64),
        }
    )


def _partners(world: "World") -> pl.DataFrame:
    # The halves of a village that is split had one name: a partner of both would stand twice in a list.
    rng, street = world.rng, world.district.street
    whole = np.array([not stem.startswith(SPLIT_STEM) for stem in world.district.stem])
    first_of_street = np.r_[True, street[1:] != street[:-1]]
    chosen = (rng.random(len(street)) < PARTNERED_SHARE) | first_of_street
    place = np.flatnonzero(chosen & whole & (street != WITHOUT_PARTNER))
    count = len(place)
    started = days(world.first - 6 + rng.integers(0, LAST - world.first + 7, size=count), 12)
    started = np.where(first_of_street[place], days(world.first - 6, 12), started)
    return pl.DataFrame(
        {
            "organisation_code": [_code(world, at) for at in rng.integers(0, len(NAMES), size=count)],
            "place": place,
            "started_date": started,
        }
    )
