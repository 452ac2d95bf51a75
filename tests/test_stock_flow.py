"""Start + in − out ± moves = end, for any lives: the compiled models over rosters that hypothesis draws."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Night

pytestmark = pytest.mark.xdist_group("night")

MONTHS = [date(2025, number, 1) for number in range(1, 7)]
RENAMED = MONTHS[3]  # from then on the village `a` is called `a2`
MODELS = ("int_spells__numbered", "int_enrolments__changed", "int_area_months__flowed")
GIVEN = (
    "int_enrolments__counted",
    "int_enrolments__placed",
    "int_programme_months",
    "int_members__judged",
    "int_areas__described",
    "int_areas__mapped",
    "int_areas__ancestors",
)
PARENTS = {"a": "s", "a2": "s", "b": "s", "c": "t", "s": "d", "t": "d", "d": None, "outside": None}
LEVELS = {"s": 2, "t": 2, "d": 3, "outside": 0}


@dataclass(frozen=True)
class Warehouse:
    """The compiled models that tell flows, over empty inputs."""

    connection: duckdb.DuckDBPyConnection
    statements: dict[str, str]

    def fill(self, table: str, rows: list[dict[str, Any]]) -> None:
        self.connection.execute(f"delete from {table}")
        if rows:
            columns = ", ".join(rows[0])
            marks = ", ".join("?" * len(rows[0]))
            self.connection.executemany(
                f"insert into {table} ({columns}) values ({marks})", [list(row.values()) for row in rows]
            )

    def run(self) -> list[dict[str, Any]]:
        for name in MODELS:
            self.connection.execute(f"create or replace table {name} as {self.statements[name]}")
        answer = self.connection.execute("select * from int_area_months__flowed")
        names = [column[0] for column in answer.description or []]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


@pytest.fixture(scope="module")
def warehouse(night: Night) -> Iterator[Warehouse]:
    work = night.data / "work"
    compiled = work / "dbt" / "target" / "compiled" / "jiuzhu" / "models" / "intermediate"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"attach '{work / 'warehouse.duckdb'}' as built (read_only)")
        for table in GIVEN:
            connection.execute(f"create table {table} as select * from built.main.{table} limit 0")
        connection.execute("detach built")
        statements = {
            name: (compiled / f"{name}.sql").read_text(encoding="utf-8").replace('"warehouse"."main".', "")
            for name in MODELS
        }
        yield Warehouse(connection, statements)


def code_in(village: str, month: date) -> str:
    return "a2" if village == "a" and month >= RENAMED else village


def ancestors(code: str) -> list[str]:
    found = [code]
    while (parent := PARENTS[found[-1]]) is not None:
        found.append(parent)
    return found


# A life: for each month the village, or None where the person is not covered; and which months have a roster at all.
lives = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "outside", None]), min_size=len(MONTHS), max_size=len(MONTHS)), max_size=8
)
rosters = st.lists(st.booleans(), min_size=len(MONTHS), max_size=len(MONTHS))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives, rosters)
def test_start_and_flows_make_the_end_in_every_area(
    warehouse: Warehouse, people: list[list[str | None]], has_roster: list[bool]
) -> None:
    rostered = [month for month, there in zip(MONTHS, has_roster, strict=True) if there]
    covered = [
        {"person": person, "month": month, "area": code_in(village, month)}
        for person, life in enumerate(people)
        for month, village in zip(MONTHS, life, strict=True)
        if village is not None and month in rostered
    ]
    key = "00000000-0000-0000-0000-{:012d}"
    warehouse.fill(
        "int_enrolments__counted",
        [
            {
                "person_key": key.format(row["person"]),
                "household_key": key.format(row["person"]),
                "programme_code": "dibao",
                "month": row["month"],
                "hukou_area_code": row["area"],
                "residence_area_code": row["area"],
            }
            for row in covered
        ],
    )
    warehouse.fill(
        "int_enrolments__placed",
        [
            {"area_code": row["area"], "month": row["month"], "programme_code": "dibao", "basis_code": basis}
            for row in covered
            for basis in ("hukou", "resident")
        ],
    )
    before = {month: max((each for each in rostered if each < month), default=None) for month in MONTHS}
    warehouse.fill(
        "int_programme_months",
        [
            {
                "programme_code": "dibao",
                "month": month,
                "has_roster": month in rostered,
                "roster_number": rostered.index(month) + 1 if month in rostered else None,
                "previous_roster_month": before[month],
            }
            for month in MONTHS
        ],
    )
    warehouse.fill(
        "int_areas__described",
        [{"area_code": code, "lineage_code": "a" if code == "a2" else code} for code in PARENTS],
    )
    warehouse.fill(
        "int_areas__mapped",
        [
            {
                "area_code": code,
                "month": month,
                "mapped_area_code": code_in("a", month) if code in ("a", "a2") else code,
            }
            for code in PARENTS
            for month in MONTHS
        ],
    )
    warehouse.fill(
        "int_areas__ancestors",
        [
            {"area_code": code, "ancestor_area_code": above, "ancestor_level_rank": LEVELS.get(above, 1)}
            for code in PARENTS
            for above in ancestors(code)
        ],
    )
    flows = {(row["basis_code"], row["month"], row["area_code"]): row for row in warehouse.run()}
    for basis in ("hukou", "resident"):
        for month in rostered:
            if before[month] is None:
                continue
            for area in PARENTS:
                end = sum(area in ancestors(row["area"]) for row in covered if row["month"] == month)
                row = flows.get((basis, month, area), {})
                start = row.get("start_recipients_count", 0)
                moved = row.get("moved_in_count", 0) - row.get("moved_out_count", 0) + row.get("redrawn_count", 0)
                assert start + row.get("entries_count", 0) - row.get("exits_count", 0) + moved == end, (month, area)
                # Counted apart: a renamed village starts with the people it had, and nobody moved.
                assert start == sum(
                    area in ancestors(code_in("a", month) if each["area"] in ("a", "a2") else each["area"])
                    for each in covered
                    if each["month"] == before[month]
                )
                assert row.get("redrawn_count", 0) == 0
