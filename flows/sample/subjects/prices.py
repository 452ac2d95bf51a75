"""The statistics office's yearbook figures: income and consumption a head, minimum wage, price index."""

from typing import TYPE_CHECKING, Any

import polars as pl

from flows.sample.months import LAST, first_day, month
from flows.sample.offices import Habit

if TYPE_CHECKING:
    from flows.sample.subjects import World

# A year's figure is known, and used, from the first day after it.
INCOME = {2020: 52_397, 2021: 57_541, 2022: 60_302, 2023: 63_830, 2024: 66_766}
CONSUMPTION = {2020: 31_295, 2021: 36_668, 2022: 38_971, 2023: 42_194, 2024: 44_630}
MINIMUM_WAGE = ((2017, 12, 1800), (2021, 8, 2070), (2024, 1, 2260))
PRICE_INDEX_BASE, PRICES_RISE = month(2020, 12), 0.0009
PRICES = Habit("收入消费价格统计.csv", dates="20250630", encoding="gb18030", line_end="\r\n")


def send(world: "World") -> list[dict[str, Any]]:
    """Send everything in one file that always replaces the whole."""
    rows = [("income_per_head", month(year + 1, 1), float(yuan)) for year, yuan in INCOME.items()]
    rows += [("consumption_per_head", month(year + 1, 1), float(yuan)) for year, yuan in CONSUMPTION.items()]
    rows += [("minimum_wage", month(year, of_year), float(yuan)) for year, of_year, yuan in MINIMUM_WAGE]
    rows += [
        ("price_index", number, round(100 * (1 + PRICES_RISE) ** (number - PRICE_INDEX_BASE), 2))
        for number in range(PRICE_INDEX_BASE, LAST + 1)
    ]
    frame = pl.DataFrame(
        [(world.district.code + "000000", code, first_day(number), value) for code, number, value in rows],
        schema=["district_code", "statistic_code", "effective_date", "statistic_value"],
        orient="row",
    )
    world.send("price_statistics", frame, LAST, habit=PRICES)
    return []
