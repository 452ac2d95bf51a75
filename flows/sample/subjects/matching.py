"""Lists that do not ask for an ID number: deaths that villages report, people whom volunteers visit; and who is who.

The answer key names the person behind every entry, so that links can be held against the truth.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import STREETS
from flows.sample.months import LAST, days, first_day, label, month
from flows.sample.offices import Habit
from flows.sample.people import GIVEN
from flows.sample.programmes import month_of_life
from flows.sample.subjects.pools import choose, on_rosters

if TYPE_CHECKING:
    from flows.sample.subjects import World

VISITED, NOT_ON_ROSTERS, DEATHS_REPORTED = 16, 12, 14
# How an entry about somebody on the rosters is written → the tier it can be found at, and how often it is so.
WAYS = {
    "number": ("A", 0.26),
    "number, other spelling": ("B", 0.08),
    "birth": ("C", 0.26),
    "month of birth": ("C", 0.15),
    "birth, other spelling": ("C", 0.1),
    "phone": ("C", 0.07),
    "birth, slip of the pen": ("C", 0.05),
    "hardly anything": ("C", 0.03),
}
SPELLINGS = dict(
    zip(
        "国丽华龙杰荣庆伟达栋飞凤刚贵欢娇锦静军兰岚乐强宁鹏胜诗书顺涛贤晓兴阳义云泽",
        "國麗華龍傑榮慶偉達棟飛鳳剛貴歡嬌錦靜軍蘭嵐樂強寧鵬勝詩書順濤賢曉興陽義雲澤",
        strict=True,
    )
)
# Who writes by ear takes another character: here simply the next one.
BY_EAR = dict(zip(GIVEN, np.roll(GIVEN, -1), strict=True)) | SPELLINGS
CONFUSED_MONTHS = (LAST - 7, LAST - 3)
REPORTED_MONTHS = (LAST - 4, LAST - 4, LAST - 3, LAST - 3, LAST - 2, LAST - 2)
REPORTED_WAYS = ("birth", "damaged number", "month of birth", "damaged number", "birth", "number, other spelling")
DECIDED, DECIDED_SPELLINGS, DECIDED_BLIND = 60, 6, 2

VISITS = Habit(
    "志愿帮扶{month}.csv", dates="2025年6月30日", encoding="gb18030", line_end="\r\n", changed=month(2024, 11)
)
NOTICES = Habit(
    "死亡报告{label}.xlsx",
    dates="20250630",
    sheet="{street}",
    above=("{street}村(社区)死亡人员报告单({label})",),
    footer=(("制表人:卫见秋", "", "", "", "", "", "(签章)"),),
    changed=month(2025, 2),
)
DECISIONS = Habit("身份比对复核单.xlsx", dates="date cell", above=("身份比对复核单", "复核:时慕青、言若木"))


def send(world: "World") -> list[dict[str, Any]]:
    """Send the volunteers' book and the villages' reports month by month, and the reviewers' decisions once."""
    entries = _worst_told([_visits(world, number) for number in range(world.first, LAST + 1)])
    reported = _reported(world)
    answers = []
    for number, visits in zip(range(world.first, LAST + 1), entries, strict=True):
        names = world.district.names_at(number)
        placed = world.placed(visits, names, {"place": "residence_"})
        delivery = world.send("volunteer_visits", placed, number, habit=VISITS, spoil=_births(placed))
        answers += _answers(visits, "volunteer_visits", delivery.file, number)
        notices = _numbered(
            pl.concat([_deaths(world, number), reported.filter(pl.col("t") == number)]), "SB", world, number
        )
        placed = world.placed(notices, names, {"place": "hukou_"})
        for at in range(len(STREETS)):
            street = world.district.street_name(at)
            if len(rows := placed.filter(pl.col("hukou_street_name") == street)):
                delivery = world.send("death_notices", rows, number, habit=NOTICES, street=street, spoil=_births(rows))
                answers += _answers(rows, "death_notices", delivery.file, number)
    world.send("match_decisions", _decisions(answers), LAST, habit=DECISIONS)
    return answers


def _worst_told(entries: list[pl.DataFrame]) -> list[pl.DataFrame]:
    # A list that writes somebody in two ways is worth the worse of them, whichever month it was.
    respelled = pl.concat(entries).filter(pl.col("outcome") == "B")["true_number"].unique().implode()
    is_worse = (pl.col("outcome") == "A") & pl.col("true_number").is_in(respelled)
    return [each.with_columns(outcome=pl.when(is_worse).then(pl.lit("B")).otherwise("outcome")) for each in entries]


def _births(rows: pl.DataFrame) -> Any:
    """Return what puts the births in as far as the entry tells them."""
    return lambda written: written.with_columns(
        birth_date=pl.when(rows["told"] == "day")
        .then(pl.col("birth_date").cast(pl.String))
        .when(rows["told"] == "month")
        .then(rows["birth_date"].dt.strftime("%Y年%-m月"))
    )


def _answers(rows: pl.DataFrame, extract: str, file: str, number: int) -> list[dict[str, Any]]:
    names = ["fault", "outcome", "way", "record_no", "true_number", "true_name"]
    return [
        {
            "fault": row["fault"],
            "outcome": row["outcome"],
            "extract": extract,
            "months": label(number),
            "file": file,
            "way": row["way"],
            "record_no": row["record_no"],
            "id_number": row["true_number"],
            "person_name": row["true_name"],
        }
        for row in rows.filter(pl.col("fault") != "").select(names).iter_rows(named=True)
    ]


def _numbered(rows: pl.DataFrame, mark: str, world: "World", number: int) -> pl.DataFrame:
    serial = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(3)
    return rows.with_columns(record_no=pl.lit(f"{mark}{world.prefix}{first_day(number):%Y%m}") + serial)


def other_spelling(name: str = "person_name") -> pl.Expr:
    """Return a name as somebody writes it who has only heard it."""
    last = pl.col(name).str.slice(-1)
    return pl.col(name).str.head(-1) + last.replace_strict(BY_EAR, default="某")


def _written(rows: pl.DataFrame) -> pl.DataFrame:
    """Return entries as they are written: number, name, birth and phone, by their way."""
    way = pl.col("way")
    slip = pl.col("birth_date").dt.offset_by("10d")
    return rows.with_columns(
        true_number="id_number",
        true_name="person_name",
        id_number=pl.when(way.str.starts_with("number"))
        .then("id_number")
        .when(way == "damaged number")
        .then(pl.col("id_number").str.head(15) + "***")
        .otherwise(pl.lit("")),
        person_name=pl.when(way.str.ends_with("other spelling") | (way == "hardly anything"))
        .then(other_spelling())
        .otherwise("person_name"),
        birth_date=pl.when(way == "birth, slip of the pen").then(slip).otherwise("birth_date"),
        told=pl.when(way.str.starts_with("birth"))
        .then(pl.lit("day"))
        .when(way == "month of birth")
        .then(pl.lit("month"))
        .otherwise(pl.lit("")),
        phone=pl.when(way.is_in(["phone", "number"])).then("phone").otherwise(pl.lit("")),
    )


NAMES = ["id_number", "person_name", "birth_date", "phone", "place", "way", "fault", "outcome"]


def _visits(world: "World", number: int) -> pl.DataFrame:
    rng = world.rng
    heads = (
        month_of_life(world.life, number)
        .members.filter(pl.col("is_covered") & (pl.col("residence_place") >= 0) & (pl.col("position") == 0))
        .unique("person_id", keep="first", maintain_order=True)
        .join(world.life.households.select("household_id", "phone"), on="household_id", maintain_order="left")
        .with_columns(place="residence_place")
    )
    known = choose(heads, VISITED, rng).with_columns(
        way=pl.Series(rng.choice(list(WAYS), VISITED, p=[share for _, share in WAYS.values()])),
        fault=pl.lit("person_matched"),
    )
    known = known.with_columns(outcome=pl.col("way").replace_strict({way: tier for way, (tier, _) in WAYS.items()}))
    others = choose(world.neighbours.filter(pl.col("residence_place") >= 0), NOT_ON_ROSTERS, rng).with_columns(
        phone=pl.lit("19911") + pl.Series(rng.integers(10**5, 10**6, size=NOT_ON_ROSTERS)).cast(pl.String),
        place="residence_place",
        way=pl.Series(rng.choice(["number", "birth", "month of birth", "phone"], NOT_ON_ROSTERS)),
        fault=pl.lit(""),
        outcome=pl.lit(""),
    )
    rows = _written(pl.concat([known.select(NAMES), others.select(NAMES), _alike(world, heads, number).select(NAMES)]))
    if number in CONFUSED_MONTHS:
        rows = pl.concat([rows, _confused(heads, rng).select(rows.columns)])
    count = len(rows)
    return _numbered(
        rows.with_columns(
            visit_date=pl.Series(days(np.full(count, number), rng.integers(1, 29, size=count))),
            hours_count=pl.Series(rng.integers(1, 7, size=count) / 2),
        ).sort("visit_date", "true_number", maintain_order=True),
        "ZY",
        world,
        number,
    )


def _alike(world: "World", heads: pl.DataFrame, number: int) -> pl.DataFrame:
    """Return people who have the name of somebody on the rosters and are somebody else; the number is the other's."""
    rng = world.rng
    theirs = choose(heads, 3, rng)
    # One of the same village and another age, one of the same name elsewhere, and now and then one born in the
    # same month next door, whom only a person can tell apart.
    places = len(world.district.street)
    elsewhere = (theirs["place"].to_numpy() + rng.integers(1, places, size=3)) % places
    is_twin = number in CONFUSED_MONTHS
    older = pl.col("birth_date").dt.offset_by("-17y").dt.offset_by("-4mo")
    return theirs.with_columns(
        phone=pl.lit(""),
        birth_date=pl.when(pl.Series([False, False, is_twin])).then("birth_date").otherwise(older),
        place=pl.Series([theirs["place"][0], elsewhere[1], theirs["place"][2] if is_twin else elsewhere[2]]),
        way=pl.Series(["birth", "phone", "month of birth"]),
        fault=pl.lit("person_alike"),
        outcome=pl.Series(["none", "none", "mistaken" if is_twin else "none"]),
    )


def _confused(heads: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return an entry about one person under the number of another."""
    two = choose(heads, 2, rng)
    return _written(
        two.head(1).with_columns(way=pl.lit("number"), fault=pl.lit("number_of_another"), outcome=pl.lit("N"))
    ).with_columns(person_name=pl.lit(two["person_name"][1]), phone=pl.lit(""))


DEAD = ["id_number", "person_name", "birth_date", "phone", "place", "way", "fault", "outcome", "death_date", "t"]


def _deaths(world: "World", number: int) -> pl.DataFrame:
    died = world.dead.filter((pl.col("death_date").dt.truncate("1mo") == first_day(number)) & (pl.col("place") >= 0))
    rows = choose(died, min(DEATHS_REPORTED, len(died)), world.rng).with_columns(
        birth_date=pl.col("id_number").str.slice(6, 8).str.to_date("%Y%m%d"),
        phone=pl.lit(""),
        way=pl.Series(world.rng.choice(["birth", "month of birth", "damaged number"], min(DEATHS_REPORTED, len(died)))),
        fault=pl.lit(""),
        outcome=pl.lit(""),
        t=pl.lit(number, dtype=pl.Int64),
    )
    return _written(rows.select(DEAD))


def _reported(world: "World") -> pl.DataFrame:
    """Return recipients whose death the village reports and the police does not know; they go on being paid."""
    count = len(REPORTED_MONTHS)
    alive = ~pl.col("id_number").is_in(world.dead["id_number"].implode())
    pool = on_rosters(world).filter(
        pl.col("stays") & alive & (pl.col("hukou_place") >= 0) & (pl.col("birth_date").dt.year() < 1975)
    )
    at = np.array(REPORTED_MONTHS)
    rows = choose(pool, count, world.rng).with_columns(
        phone=pl.lit(""),
        place="hukou_place",
        way=pl.Series(REPORTED_WAYS),
        fault=pl.lit("reported_dead_still_paid"),
        outcome=pl.Series(["B" if way.startswith("number") else "C" for way in REPORTED_WAYS]),
        death_date=pl.Series(days(at, np.arange(count) * 4 + 2)),
        t=pl.Series(at),
    )
    return _written(rows.select(DEAD))


def _decisions(answers: list[dict[str, Any]]) -> pl.DataFrame:
    """Return what the reviewers made of some of the links, and of two entries that no machine could tell."""
    told = pl.DataFrame(answers).filter(pl.col("extract") == "volunteer_visits")
    linked = told.filter((pl.col("outcome") == "C") & (pl.col("way") != "hardly anything"))
    blind = told.filter(pl.col("way") == "hardly anything").head(DECIDED_BLIND)
    spelled = told.filter(pl.col("outcome") == "B").unique("id_number", maintain_order=True).head(DECIDED_SPELLINGS)
    other = told.filter(pl.col("outcome").is_in(["N", "mistaken"]))
    same = pl.concat([linked.gather_every(max(1, len(linked) // DECIDED)).head(DECIDED), blind, spelled])
    rows = pl.concat([same.with_columns(is_same_person=pl.lit(True)), other.with_columns(is_same_person=pl.lit(False))])
    # Under one number it is the names that were compared: there is no second entry to point at.
    by_number = pl.col("outcome").is_in(["B", "N"])
    return rows.select(
        "id_number",
        "is_same_person",
        record_no=pl.when(~by_number).then("record_no").otherwise(pl.lit("")),
        decided_date=pl.lit(first_day(LAST)) + pl.duration(days=pl.int_range(pl.len()) % 25),
    )
