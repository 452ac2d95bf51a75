"""The monthly return on 低保: a row a street and one for all of them, by definitions that change half-way."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import STREETS
from flows.sample.months import LAST, days, label, month
from flows.sample.offices import Habit
from flows.sample.programmes import month_of_life

if TYPE_CHECKING:
    from flows.sample.subjects import World

# One figure of one street, typed wrong after the sheet was added up.
COLUMN_OFF, COLUMN_OFF_STREET, COLUMN_OFF_YUAN = month(2025, 2), 2, 10_000.0
TOTAL_OFF, TOTAL_OFF_PERSONS = month(2025, 4), 9  # the 合计 of the minors
PADDED, PADDED_STREET, PADDED_PERSONS = LAST, 5, 4  # more persons than the roster has, and as many newcomers
REDEFINED = month(2025, 3)  # the elderly from 65 on, no longer from 60
DEFINITIONS = {60: "2023年统计口径(老年人为60周岁及以上)", 65: "2025年统计口径(老年人为65周岁及以上)"}
MINOR_BELOW = 18
FUND_SHARES = {"central": 0.45, "province": 0.25, "city": 0.1, "district": 0.2}
PRINTED_YUAN = 100.0  # 万元 with two decimals

HABIT = Habit(
    "低保情况月报表{label}.xlsx",
    sheet="月报",
    above=("城乡居民最低生活保障情况月报表", "填报单位:{district}民政局    {label}    单位:户、人、万元"),
    footer=(("单位负责人:宋听澜", "", "统计负责人:孟拾穗", "", "填表人:言若木"),),
    changed=month(2024, 9),
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send the return of every month; only the last ones have something wrong."""
    district, answers = world.district.code + "000000", []
    before = _covered(world, world.first - 1)
    for number in range(world.first, LAST + 1):
        now = _covered(world, number)
        rows = _rows(world, number, now, before)
        before = now
        if number == PADDED:
            added = pl.when(pl.int_range(pl.len()) == PADDED_STREET).then(PADDED_PERSONS).otherwise(0)
            rows = rows.with_columns(pl.col("person_count", "entered_count") + added)
        total = rows.sum().with_columns(
            return_area_code=pl.lit(district),
            return_area_name=pl.lit("合计"),
            minor_count=pl.col("minor_count") + (TOTAL_OFF_PERSONS if number == TOTAL_OFF else 0),
        )
        if number == COLUMN_OFF:
            off = pl.when(pl.int_range(pl.len()) == COLUMN_OFF_STREET).then(COLUMN_OFF_YUAN).otherwise(0.0)
            rows = rows.with_columns(central_amount_yuan=pl.col("central_amount_yuan") + off)
        written = pl.concat([total, rows]).with_columns(definition_name=pl.lit(DEFINITIONS[_elderly_from(number)]))
        delivery = world.send("returns", written, number, habit=HABIT)
        streets = world.district.street_codes
        planted = {
            ("return_column_off", COLUMN_OFF): [
                ("funds_add_up", "fund_amount_yuan", streets[COLUMN_OFF_STREET]),
                ("areas_add_up", "central_amount_yuan", district),
            ],
            ("return_total_off", TOTAL_OFF): [("areas_add_up", "minor_count", district)],
            ("return_redefined", REDEFINED): [("elderly_steady", "elderly_count", district)],
            ("return_not_as_roster", PADDED): [
                ("persons_as_roster", "person_count", streets[PADDED_STREET]),
                ("persons_as_roster", "person_count", district),
            ],
        }
        answers += [
            {
                "fault": fault,
                "outcome": "redefined" if fault == "return_redefined" else "broken",
                "extract": delivery.extract,
                "months": label(number),
                "file": delivery.file,
                "checks": checks,
            }
            for (fault, planted_month), checks in planted.items()
            if planted_month == number
        ]
    return answers


def _elderly_from(number: int) -> int:
    return 65 if number >= REDEFINED else 60


def _covered(world: "World", number: int) -> pl.DataFrame:
    """Return who is on 低保 at the end of a month: person_id, household_id, street, sex_code, birth_date."""
    members = month_of_life(world.life, number).members.filter(
        "is_covered", pl.col("programme_code") == "dibao", pl.col("hukou_place") >= 0
    )
    street = pl.Series("street", world.district.street[members["hukou_place"].to_numpy()])
    return (
        members.with_columns(street)
        .unique("person_id", keep="first", maintain_order=True)
        .select("person_id", "household_id", "street", "sex_code", "birth_date")
    )


def _rows(world: "World", number: int, now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    year, of_year = 1970 + number // 12, number % 12 + 1
    old, young = (date(year - age, of_year, 28) for age in (_elderly_from(number), MINOR_BELOW))
    counted = {
        "household_count": now.unique(["street", "household_id"]),
        "person_count": now,
        "female_count": now.filter(pl.col("sex_code") == "female"),
        "elderly_count": now.filter(pl.col("birth_date") <= old),
        "minor_count": now.filter(pl.col("birth_date") > young),
        "entered_count": now.join(before, on=["person_id", "street"], how="anti"),
        "exited_count": before.join(now, on=["person_id", "street"], how="anti"),
    }
    paid = world.payments.filter(
        (pl.col("programme_code") == "dibao") & (pl.col("payment_date").dt.truncate("1mo") == days(number).item())
    )
    place = paid["hukou_place"].to_numpy()
    yuan = np.bincount(
        world.district.street[place[place >= 0]],
        weights=paid["paid_amount_yuan"].to_numpy()[place >= 0],
        minlength=len(STREETS),
    )
    parts = {
        f"{source}_amount_yuan": (yuan * share / PRINTED_YUAN).round() * PRINTED_YUAN
        for source, share in FUND_SHARES.items()
    }
    return pl.DataFrame(
        {
            "return_area_code": list(world.district.street_codes),
            "return_area_name": [world.district.street_name(at) for at in range(len(STREETS))],
        }
        | {name: np.bincount(who["street"].to_numpy(), minlength=len(STREETS)) for name, who in counted.items()}
        | {"fund_amount_yuan": sum(parts.values())}
        | parts
    )
