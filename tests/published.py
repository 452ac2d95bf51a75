"""A small published release made by hand, for tests of what reads releases: two streets, three villages, two months."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

RUN = "20250702T020000Z-abcdef"

# area, name, parent, level, persons, population
AREAS = [
    ("339900000000", "示范区", None, "district", 30, 6000),
    ("339900001000", "甲街道", "示范区", "street", 20, 2000),
    ("339900002000", "乙街道", "示范区", "street", 10, 4000),
    ("339900001001", "东村", "甲街道", "village", 20, 1000),
    ("339900001002", "西社区", "甲街道", "village", 0, 1000),
    ("339900002001", "南村", "乙街道", "village", 10, 4000),
]
LEVELS = {"village": "村(社区)", "street": "街道", "district": "区"}


ORDER: dict[str, list[dict[str, Any]]] = {
    "dim_programmes": [{"programme_code": "dibao", "sort_order": 1}],
    "dim_indicators": [
        {"indicator_code": "coverage", "sort_order": 1},
        {"indicator_code": "alerts_on_time_share", "sort_order": 2},
    ],
}


def gap_rows() -> list[dict[str, Any]]:
    """Return the rows of mart_regional_gap: 低保 coverage, hukou basis, 2025-05 and 2025-06."""
    rows = []
    for month in (date(2025, 5, 1), date(2025, 6, 1)):
        for level in LEVELS:
            areas = sorted((area for area in AREAS if area[3] == level), key=lambda area: -area[4] / area[5])
            for rank, (code, name, parent, _, persons, population) in enumerate(areas, start=1):
                value, district = persons / population, 30 / 6000
                lacking = max(0.0, (district - value) * population)
                rows.append(
                    {
                        "level_code": level,
                        "level_name": LEVELS[level],
                        "month": month,
                        "programme_code": "dibao",
                        "programme_name": "低保",
                        "indicator_code": "coverage",
                        "indicator_name": "覆盖率",
                        "unit": "share",
                        "basis_code": "hukou",
                        "basis_name": "户籍",
                        "area_code": code,
                        "area_name": name,
                        "parent_name": parent,
                        "value": value,
                        "numerator": Decimal(persons),
                        "denominator": Decimal(population),
                        "district_value": district,
                        "gap": value - district,
                        "gap_persons": lacking,
                        "gap_yuan": lacking * 650,
                        "rank": rank,
                        "low": max(0.0, value - 0.002),
                        "high": value + 0.002,
                        "funnel_code": "within",
                        "gap_expected_persons": lacking / 2,
                        "trend_code": "steady",
                        "status": "ok" if persons else "small_sample",
                    }
                )
    return rows


BALANCE: list[dict[str, Any]] = [
    {
        "area_code": "339900000000",
        "level_code": level,
        "level_name": LEVELS[level],
        "level_rank": rank,
        "month": date(2025, 6, 1),
        "programme_code": "dibao",
        "basis_code": "hukou",
        "indicator_code": "coverage",
        "indicator_name": "覆盖率",
        "sort_order": 1,
        "areas_count": count,
        "areas_missing_count": 0,
        "value": 0.005,
        "cv": 0.71,
        "cv_low": 0.42,
        "cv_high": 0.93,
        "cv_chance_mean": 0.18,
        "cv_chance_low": 0.01,
        "cv_chance_high": 0.4,
        "is_beyond_chance": True,
        **dict.fromkeys(("gini", "gini_chance_mean", "theil_t", "hoover", "max_min"), 0.2),
        **dict.fromkeys(("theil_t_between", "theil_t_within"), 0.1),
        **dict.fromkeys(("concentration_funds", "cv_change"), None),
        "status": "ok",
    }
    for level, rank, count in (("street", 2, 2), ("village", 1, 3))
]

FIGURES: list[dict[str, Any]] = [
    {
        "name": "dibao_persons",
        "label": "低保人数",
        "value": Decimal("2051"),
        "numerator": Decimal("2051"),
        "denominator": None,
        "unit": "人",
        "sort_order": 1,
        "as_of": date(2025, 6, 30),
        "period_start": None,
        "period_end": None,
        "period": None,
        "bound": "=",
        "sources": "民政局·低保家庭成员",
        "stated": Decimal("2051"),
        "stated_bound": "=",
        "stated_source": "调研报告",
        "agrees": True,
    },
    {
        "name": "fiscal_share",
        "label": "财政资金占比",
        "value": Decimal("0.9312"),
        "numerator": Decimal("9312.00"),
        "denominator": Decimal("10000.00"),
        "unit": "比例",
        "sort_order": 2,
        "as_of": None,
        "period_start": date(2024, 1, 1),
        "period_end": date(2025, 6, 30),
        "period": "2024年1月–2025年6月",
        "bound": "=",
        "sources": "财政局·社会救助资金拨付表",
        "stated": None,
        "stated_bound": None,
        "stated_source": None,
        "agrees": None,
    },
]


def write_database(path: Path, tables: dict[str, list[dict[str, Any]]]) -> Path:
    """Write a DuckDB file of the given tables."""
    import duckdb
    import polars as pl

    with duckdb.connect(str(path)) as connection:
        for name, rows in tables.items():
            frame = pl.DataFrame(rows, infer_schema_length=None)  # noqa: F841 - read by the next line
            connection.execute(f"create table {name} as select * from frame")
    return path


def publish(data: Path) -> Path:
    """Publish the small release in a data folder and return its folder."""
    release = data / "releases" / RUN
    release.mkdir(parents=True)
    run = [{"run_id": RUN, "business_month": date(2025, 6, 1)}]
    tables = {
        "mart_regional_gap": gap_rows(),
        "mart_balance": BALANCE,
        **ORDER,
        "mart_figures": FIGURES,
        "release": run,
    }
    write_database(release / "analyst.duckdb", tables)
    public = [row for row in gap_rows() if row["level_code"] != "village"]
    write_database(release / "public.duckdb", {**tables, "mart_regional_gap": public})
    (release / "manifest.json").write_text(json.dumps({"run_id": RUN}), encoding="utf-8")
    (data / "releases" / "current").symlink_to(RUN)
    return release
