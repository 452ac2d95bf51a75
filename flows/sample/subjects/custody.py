"""Who is held without a sentence, and who was let go: what the list of prisoners alone does not tell."""

from typing import TYPE_CHECKING, Any

import polars as pl

from flows.sample.months import LAST, days, first_day, label, month
from flows.sample.offices import Habit
from flows.sample.subjects.pools import came_alone, known_as

if TYPE_CHECKING:
    from flows.sample.subjects import World

# Held on suspicion while he draws 低保; let go, as only the list of releases tells, before he came on the roster.
REMANDED_FROM, IMPRISONED_BEFORE = LAST - 6, 8

# A second sheet of the workbook that the prisoners stand in.
REMAND = Habit(
    "在押服刑人员{label}.xlsx",
    dates="date cell",
    sheet="看守所",
    above=("看守所羁押人员名单({label})",),
    footer=(("制表人:卓听澜",),),
    changed=month(2024, 6),
)
# In some months nobody is let go: the list is empty, and comes all the same.
RELEASES = Habit(
    "刑满释放人员{label}.xlsx",
    dates="2025年6月30日",
    above=("{district}刑满释放人员名单", "({label})"),
    changed=month(2024, 9),
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send who is remanded and who was released in each month; return who of them is on the roster."""
    held, freed = came_alone(world)[5:7].to_dicts()
    remanded = _stay(held, "remand", REMANDED_FROM)
    imprisoned = _stay(freed, "sentence", world.first - IMPRISONED_BEFORE)
    freed_at: int = freed["start_t"] - 2
    let_go = pl.col("custody_end_date").dt.truncate("1mo")
    sentenced = world.custody.filter(pl.col("custody_type_code") == "sentence")
    for number in range(world.first, LAST + 1):
        rows = pl.concat([remanded[: int(number >= REMANDED_FROM)], imprisoned[: int(number <= freed_at)]])
        world.send("custody", rows, number, habit=REMAND)
        released = sentenced.filter(let_go == first_day(number)).select(imprisoned.columns)
        if number == freed_at:
            end = imprisoned.with_columns(custody_end_date=pl.lit(days(number, 18).item()))
            released = pl.concat([released, end])
        world.send("custody_releases", released, number, habit=RELEASES)
    return [
        known_as(held, "custody_remand", "no finding", "custody") | {"months": label(REMANDED_FROM)},
        known_as(freed, "custody_released", "no finding", "custody_releases") | {"months": label(freed_at)},
    ]


def _stay(person: dict[str, Any], kind: str, number: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id_number": [person["id_number"]],
            "person_name": [person["person_name"]],
            "custody_type_code": [kind],
            "custody_start_date": [days(number, 12).item()],
            "custody_end_date": pl.Series([None], dtype=pl.Date),
        }
    )
