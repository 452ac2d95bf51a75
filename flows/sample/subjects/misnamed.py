"""People whom other offices know under their own number and another name: nobody can say yet whether it is them.

One is certified dead and one is in prison under a name that was written by ear, a third under the name of somebody
else. All live alone and go on drawing 低保: a finding of each that flags nobody by itself.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from flows.sample.months import LAST, days
from flows.sample.subjects import custody, deaths, matching
from flows.sample.subjects.pools import came_alone, known_as, paid_from

if TYPE_CHECKING:
    from flows.sample.subjects import World

# So late that no visit comes more than sixty days after the death.
DIED, IMPRISONED, DAY = LAST - 1, LAST - 3, 10
CERTIFICATES = replace(deaths.CERTIFICATES, sheet="补登")
PRISONERS = replace(custody.REMAND, sheet="异地服刑", above=("异地服刑人员名单({label})",))


def send(world: "World") -> list[dict[str, Any]]:
    """Send them on a sheet of their own; return who they are and what was paid."""
    # The other subjects choose from the front.
    people = came_alone(world)[-3:].with_columns(true_name="person_name")
    by_ear = people.with_columns(matching.other_spelling())
    died, imprisoned = by_ear[:1], pl.concat([by_ear[1:2], people[2:].with_columns(person_name=pl.lit("言若木"))])
    certified = died.select(
        "id_number",
        "person_name",
        place="hukou_place",
        death_date=pl.lit(days(DIED, DAY).item()),
        registered_date=pl.lit(days(DIED, DAY + 2).item()),
    )
    placed = world.placed(certified, world.district.names_at(DIED), {"place": "hukou_"})
    world.send("death_certificates", placed, DIED, habit=CERTIFICATES)
    stays = imprisoned.select(
        "id_number",
        "person_name",
        custody_type_code=pl.lit("sentence"),
        custody_start_date=pl.lit(days(IMPRISONED, DAY).item()),
        custody_end_date=pl.lit(None, dtype=pl.Date),
    )
    for number in range(IMPRISONED, LAST + 1):
        world.send("custody", stays, number, habit=PRISONERS)
    planted = (
        ("paid_after_death_misnamed", "death_certificates", DIED, "B"),
        ("paid_in_custody_misnamed", "custody", IMPRISONED, "B"),
        ("paid_in_custody_misnamed", "custody", IMPRISONED, "N"),
    )
    return [
        known_as(person | {"person_name": person["true_name"]}, fault, "finding", extract)
        | {"tier": tier, "event_date": f"{days(number, DAY).item()}"}
        | paid_from(world, person, number + 1)
        for person, (fault, extract, number, tier) in zip(people.to_dicts(), planted, strict=True)
    ]
