"""What may leave: no person, no lowest level, no cell of 1 to 4 persons nor anything computed from one."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import disclosure
from flows.disclosure import write_public
from flows.errors import BuildError
from tests.published import write_database

AREAS = [
    ("339900000000", "示范区", None, "district"),
    ("339900001000", "甲街道", "339900000000", "street"),
    ("339900002000", "乙街道", "339900000000", "street"),
    ("339900001001", "东村", "339900001000", "village"),
    ("339900002001", "南村", "339900002000", "village"),
    ("outside", "区外", None, "special"),
]
# recipients by area in May, June and July; 乙街道 has 3 in June
COUNTS = {
    "339900000000": (26, 23, 30),
    "339900001000": (20, 20, 20),
    "339900002000": (6, 3, 10),
    "339900001001": (20, 20, 20),
    "339900002001": (6, 3, 10),
}


def coverage() -> list[dict[str, Any]]:
    rows = []
    for code, name, _, level in AREAS:
        for place, count in enumerate(COUNTS.get(code, ())):
            before = COUNTS[code][place - 1] if place else None
            rows.append(
                {
                    "area_code": code,
                    "area_name": name,
                    "level_code": level,
                    "month": date(2025, 5 + place, 1),
                    "programme_code": "dibao",
                    "basis_code": "hukou",
                    "population_count": 4000,
                    "recipients_count": count,
                    "households_count": count - 1,
                    "rate": count / 4000,
                    "district_value": 0.004,
                    "change_count": None if before is None else count - before,
                    "entries_count": 2 if count == 20 else 7,
                    "exits_count": 6,
                    "status": "ok",
                }
            )
    return rows


def gap() -> list[dict[str, Any]]:
    names = ("area_code", "area_name", "level_code", "month", "programme_code", "basis_code", "status")
    return [
        {name: row[name] for name in names} | {"indicator_code": "coverage", "value": row["rate"], "trend": 0.1}
        for row in coverage()
    ]


def recovered(count: int) -> dict[str, Any]:
    """Return what came back in 甲街道 in June, as an indicator that rests on so many persons."""
    row = gap()[4] | {"programme_code": "tekun", "indicator_code": "recovered_share"}
    return row | {"value": 0.5, "numerator": 5000.0, "denominator": 10000.0, "recipients_count": count}


def figures() -> list[dict[str, Any]]:
    return [
        {"name": name, "label": name, "value": value, "unit": "人", "sources": "x"}
        for name, value in [
            ("dibao_persons", 2051),
            ("medical_backstop_persons", 3),
            ("medical_backstop_yuan", 26894.25),
            ("medical_coverage_rate", 0.9075),
        ]
    ]


def tables() -> dict[str, list[dict[str, Any]]]:
    areas = [
        dict(zip(("area_code", "area_name", "parent_area_code", "level_code"), area, strict=True)) for area in AREAS
    ]
    return {
        "dim_areas": areas,
        "dim_months": [{"month": date(2025, 6, 1)}],
        "dim_persons": [{"person_key": "k", "sex_code": "male"}],
        "fct_enrolments": [{"person_key": "k", "area_code": "339900001001"}],
        "mart_coverage": coverage(),
        "mart_regional_gap": gap(),
        "mart_indicators": [recovered(20)],
        "mart_figures": figures(),
    }


@pytest.fixture
def analyst(tmp_path: Path) -> Path:
    return write_database(tmp_path / "analyst.duckdb", tables())


@pytest.fixture
def public(analyst: Path, tmp_path: Path) -> Path:
    write_public(analyst, tmp_path / "public.duckdb")
    return tmp_path / "public.duckdb"


def ask(database: Path, query: str) -> list[Any]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_only_aggregates_areas_and_the_notice_leave(public: Path) -> None:
    names = {row[0] for row in ask(public, "select table_name from duckdb_tables()")}
    marts = {"mart_coverage", "mart_figures", "mart_indicators", "mart_regional_gap"}
    assert names == marts | {"dim_areas", "dim_months", "notice"}
    [(notice,)] = ask(public, "select notice from notice")
    assert "初步" in notice
    assert "1–4 人" in notice


def test_the_lowest_level_and_places_outside_stay_inside(public: Path) -> None:
    for table in ("dim_areas", "mart_coverage", "mart_regional_gap"):
        assert set(ask(public, f"select distinct level_code from {table}")) == {("district",), ("street",)}


def test_a_cell_of_three_persons_is_hidden_in_every_mart_with_all_that_follows_from_it(public: Path) -> None:
    place = "area_code = '339900002000' and month = date '2025-06-01'"
    [row] = ask(public, f"select * exclude (area_code, area_name, month) from mart_coverage where {place}")
    assert row == ("street", "dibao", "hukou", 4000, None, None, None, 0.004, None, None, None, "suppressed")
    [row] = ask(public, f"select value, trend, status from mart_regional_gap where {place}")
    assert row == (None, None, "suppressed")


def test_the_totals_above_and_the_cells_beside_stay(public: Path) -> None:
    rows = ask(public, "select recipients_count from mart_coverage where month = date '2025-06-01' order by area_code")
    assert rows == [(23,), (20,), (None,)]


def test_what_looks_back_at_a_hidden_cell_is_hidden_too(public: Path) -> None:
    place = "area_code = '339900002000' and month = date '2025-07-01'"
    [row] = ask(public, f"select recipients_count, change_count from mart_coverage where {place}")
    assert row == (10, None)
    [row] = ask(public, f"select value is null, trend from mart_regional_gap where {place}")
    assert row == (False, None)
    place = place.replace("002000", "001000")
    assert ask(public, f"select trend from mart_regional_gap where {place}") == [(0.1,)]


def test_a_few_persons_who_came_are_hidden_with_those_who_left(public: Path) -> None:
    rows = ask(public, "select entries_count, exits_count from mart_coverage where recipients_count = 20")
    assert set(rows) == {(None, None)}


def test_a_figure_of_three_persons_hides_its_whole_group(public: Path) -> None:
    rows = dict(ask(public, "select name, value from mart_figures"))
    assert rows["dibao_persons"] == 2051
    assert rows["medical_coverage_rate"] == 0.9075
    assert rows["medical_backstop_persons"] is None
    assert rows["medical_backstop_yuan"] is None


@pytest.mark.parametrize(("count", "told"), [(4, None), (5, 5000.0)])
def test_yuan_of_a_few_persons_are_hidden_where_the_table_says_nothing_of_persons(
    tmp_path: Path, count: int, told: float | None
) -> None:
    row = recovered(count)
    shown = {name: value for name, value in row.items() if name != "recipients_count"}
    marts = {"mart_indicators": [row], "mart_regional_gap": [shown]}
    write_public(write_database(tmp_path / "analyst.duckdb", tables() | marts), tmp_path / "public.duckdb")
    [(numerator, status)] = ask(tmp_path / "public.duckdb", "select numerator, status from mart_regional_gap")
    assert (numerator, status) == (told, "ok" if told else "suppressed")


def test_a_mart_that_points_at_persons_stops_the_night(analyst: Path, tmp_path: Path) -> None:
    write_database(analyst, {"mart_odd": [{"level_code": "street", "person_key": "k"}]})
    with pytest.raises(BuildError, match=r"mart_odd\.person_key"):
        write_public(analyst, tmp_path / "public.duckdb")


def test_the_audit_sees_a_small_count_that_was_forgotten(
    analyst: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosure, "_mart", lambda name, columns, k: f"select * from analyst.{name}")
    with pytest.raises(BuildError, match="最低一级"):
        write_public(analyst, tmp_path / "public.duckdb")
