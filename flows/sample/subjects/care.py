"""Homes for the elderly, quarter by quarter, and what the districts nearby publish."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import STREETS
from flows.sample.months import LAST, label, month
from flows.sample.offices import Habit

if TYPE_CHECKING:
    from flows.sample.subjects import World

STEMS = "鹤汀 松间 晚晴 椿萱 南屏 福泽 桑榆 颐年 霞映 常青 静安 怡园 暖阳 春晖 长乐 康宁"
NAMES = STEMS.split()
WITHOUT_HOME = 7  # a street in the hills has none: a true zero
OVERFULL = 3

INSTITUTIONS = Habit(
    "养老机构季报{label}.xlsx",
    above=("{district}养老机构基本情况季报({label})",),
    footer=(("制表人:桂知秋", "", "单位(盖章)"),),
    total_of="bed_count",
    changed=month(2024, 12),
)
COMPARATORS = Habit("周边城区公布值.csv", encoding="gb18030", line_end="\r\n", dates="2025年6月30日")

# Fictional districts: 低保 and 特困 standard, 低保 coverage, beds and nursing beds per 1000 of 60 and over.
PUBLISHED = {
    "镜渚区": (1350.0, 2340.0, 0.0043, 46.0, 27.6),
    "枫洲区": (1301.0, 2255.0, 0.0061, 41.5, 24.1),
    "梧岙区": (1240.0, 2150.0, 0.0079, 37.2, 17.9),
    "雁沚区": (1320.0, 2288.0, 0.0052, 52.3, 33.0),
}
FROM_BULLETIN = ("镜渚区", "枫洲区")  # the others were heard of
MEASURES = ("dibao_standard", "tekun_standard", "dibao_coverage", "beds_per_thousand", "nursing_beds_per_thousand")


def send(world: "World") -> list[dict[str, Any]]:
    """Send every quarter's homes, and once what is published elsewhere."""
    if world.district.index == 0:
        rows = [
            (name, measure, date(2025, 6, 30), value, f"{name}统计公报" if name in FROM_BULLETIN else "unverified")
            for name, values in PUBLISHED.items()
            for measure, value in zip(MEASURES, values, strict=True)
        ]
        columns = ["comparator_name", "measure_code", "as_of_date", "published_value", "published_source"]
        world.send("comparators", pl.DataFrame(rows, schema=columns, orient="row"), LAST, habit=COMPARATORS)
    homes = _homes(world)
    answers: list[dict[str, Any]] = []
    for number in range(world.first + (2 - world.first) % 3, LAST + 1, 3):
        beds = homes["bed_count"].to_numpy()
        elders = (beds * world.rng.uniform(0.5, 0.9, len(beds))).astype(np.int64)
        if number == LAST:
            elders[OVERFULL] = beds[OVERFULL] + 6
        delivery = world.send(
            "care_institutions", homes.with_columns(elder_count=pl.Series(elders)), number, habit=INSTITUTIONS
        )
        if number == LAST:
            answers.append(
                {
                    "fault": "more_elders_than_beds",
                    "outcome": "finding",
                    "extract": delivery.extract,
                    "months": label(number),
                    "file": delivery.file,
                    "institution_code": homes["institution_code"][OVERFULL],
                }
            )
            answers.append(
                {
                    "fault": "street_without_home",
                    "outcome": "finding",
                    "extract": delivery.extract,
                    "months": label(number),
                    "file": delivery.file,
                    "area_code": world.district.street_codes[WITHOUT_HOME],
                }
            )
    return answers


def _homes(world: "World") -> pl.DataFrame:
    rng, count = world.rng, len(NAMES)
    streets = np.array([at for at in range(len(STREETS)) if at != WITHOUT_HOME])[np.arange(count) % (len(STREETS) - 1)]
    beds = rng.integers(12, 40, size=count) * 10
    staff = (beds / rng.uniform(5, 10, count)).astype(np.int64)
    return pl.DataFrame(
        {
            "institution_code": [f"YL{world.district.code}{at:03d}" for at in range(1, count + 1)],
            "institution_name": [f"{world.district.prefix}{name}颐养院" for name in NAMES],
            "street_name": [world.district.street_name(at) for at in streets],
            "ownership_code": rng.choice(["public", "contracted", "private"], count, p=[0.4, 0.3, 0.3]),
            "bed_count": beds,
            "nursing_bed_count": (beds * rng.uniform(0.35, 0.65, count)).astype(np.int64),
            "care_staff_count": staff,
            "certified_staff_count": (staff * rng.uniform(0.4, 0.9, count)).astype(np.int64),
            "monthly_price_yuan": rng.integers(20, 56, size=count) * 100.0,
        }
    )
