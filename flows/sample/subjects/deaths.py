"""Who else knows of a death: the doctor who certifies it, and the funeral parlour."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, days, first_day, label, month
from flows.sample.offices import Habit
from flows.sample.subjects.pools import came_alone, known_as, paid_from

if TYPE_CHECKING:
    from flows.sample.subjects import World

KNOWN_SHARE, DAY_BEFORE_SHARE = 0.35, 0.08
# Two sources tell dates so far apart that one of them must be wrong.
APART_DAYS, APART = 45, 2
# People of the 低保 roster whose death the police never heard of, by the month of death.
DAY, CERTIFIED, CREMATED = 10, (LAST - 3, LAST - 6), (LAST - 2, LAST - 5)
# One is certified dead by mistake, and the next file takes it back.
WITHDRAWN_MONTH = LAST - 4

CERTIFICATES = Habit(
    "死亡医学证明{label}{suffix}.xlsx",
    dates="serial number",
    sheet="名单",
    above=("{district}居民死亡医学证明(推断)书签发名单", "统计期间:{label}"),
    footer=(("填报人:桑晚晴", "", "", "复核:"),),
    changed=month(2025, 1),
)
CREMATIONS = Habit(
    "火化登记{month}.csv",
    dates="20250630",
    months="2025年6月",
    encoding="gb18030",
    line_end="\r\n",
    changed=month(2024, 10),
)
NAMES = ["id_number", "person_name", "place", "death_date", "registered_date"]


def send(world: "World") -> list[dict[str, Any]]:
    """Send what doctors certified and what was cremated, month by month; return what was planted."""
    people = came_alone(world)[:5]
    persons = people.to_dicts()
    apart = world.dead.filter(
        ~pl.col("id_number").is_in(world.life.people["id_number"].implode())
        & pl.col("death_date").is_between(days(LAST - 8).item(), days(LAST - 2).item())
    )[:APART]
    certified = pl.concat(
        [
            _known(world, apart, days_before=True).select(NAMES),
            apart.with_columns(death_date=pl.col("death_date") - pl.duration(days=APART_DAYS)).select(NAMES),
            _unregistered(people[:2], CERTIFIED),
        ]
    )
    cremated = pl.concat([_known(world, apart, days_before=False).select(NAMES), _unregistered(people[2:4], CREMATED)])
    wrong = _unregistered(people[4:5], (WITHDRAWN_MONTH,))
    for number in range(world.first, LAST + 1):
        names = world.district.names_at(number)
        # The month is that of the record, not of the death.
        told = certified.filter(_of_month(number))
        first = pl.concat([told, wrong]) if number == WITHDRAWN_MONTH else told
        world.send("death_certificates", world.placed(first, names, {"place": "hukou_"}), number, habit=CERTIFICATES)
        if number == WITHDRAWN_MONTH:
            placed = world.placed(told, names, {"place": "hukou_"})
            world.send("death_certificates", placed, number, habit=CERTIFICATES, suffix="_更正")
        rows = cremated.filter(_of_month(number)).with_columns(report_month=pl.lit(first_day(number)))
        world.send("cremations", rows, number, habit=CREMATIONS)
    answers = [
        known_as(person, "paid_after_death", "finding", extract)
        | {"event_date": f"{first_day(number).replace(day=DAY)}"}
        | paid_from(world, person, number + 1)
        for person, number, extract in zip(
            persons, (*CERTIFIED, *CREMATED), (*["death_certificates"] * 2, *["cremations"] * 2), strict=False
        )
    ]
    answers += [
        {
            "fault": "death_sources_disagree",
            "outcome": "shown",
            "extract": "death_certificates",
            "id_number": person["id_number"],
            "person_name": person["person_name"],
            "days_apart": APART_DAYS,
        }
        for person in apart.to_dicts()
    ]
    withdrawn = known_as(persons[4], "death_withdrawn", "no finding", "death_certificates")
    return [*answers, withdrawn | {"months": label(WITHDRAWN_MONTH)}]


def _of_month(number: int) -> pl.Expr:
    return pl.col("registered_date").dt.truncate("1mo") == first_day(number)


def _known(world: "World", apart: pl.DataFrame, *, days_before: bool) -> pl.DataFrame:
    """Return a share of the deaths that the police knows; a doctor dates some of them a day earlier."""
    count = len(world.dead)
    is_known = world.rng.random(count) < KNOWN_SHARE
    is_earlier = (world.rng.random(count) < DAY_BEFORE_SHARE) & days_before
    recorded = pl.min_horizontal("registered_date", pl.lit(days(LAST, 31).item()))
    return world.dead.with_columns(
        death_date=pl.Series(world.dead["death_date"].to_numpy() - is_earlier.astype("timedelta64[D]")),
        registered_date=recorded,
    ).filter(pl.Series(is_known) & ~pl.col("id_number").is_in(apart["id_number"].implode()))


def _unregistered(people: pl.DataFrame, numbers: tuple[int, ...]) -> pl.DataFrame:
    died = pl.Series(days(np.array(numbers), DAY))
    return people.with_columns(place="hukou_place", death_date=died, registered_date=died + pl.duration(days=2)).select(
        NAMES
    )
