"""The charity federation: who gives and where it is spent, what was only offered, and who gets a grant.

Two gifts raised here are spent outside the district, two offers have found no project; both stand in the answer key.
Two people on 低保 get so much, besides temporary assistance, that one is above what both together may come to.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import STREETS
from flows.sample.months import LAST, days, first_day, label, month
from flows.sample.offices import Habit
from flows.sample.programmes import month_of_life, standard

if TYPE_CHECKING:
    from flows.sample.subjects import World

DONORS, DONATIONS_A_MONTH, GRANTS_A_MONTH = 140, 24, 18
PURPOSES = ("hardship", "medical", "education", "disaster", "unspecified")
PURPOSE_SHARES = (0.35, 0.25, 0.2, 0.05, 0.15)
OUTSIDE = "区外"
FAR_MONTHS, OFFER_MONTHS = (LAST - 8, LAST - 3), (LAST - 5, LAST - 1)
FAR_YUAN, OFFER_YUAN = (300_000.0, 180_000.0), (100_000.0, 50_000.0)
TOPPED_UP_MONTH, ABOVE_YUAN = LAST - 1, 200.0
# Money is given where firms are: the new town and the works give most, the hills hardly anything.
GIVES = {"old": 1.2, "new": 3.0, "industrial": 2.2, "rural": 0.5, "hills": 0.2}
PROJECTS = (
    ("助医暖心", "medical", 80.0),
    ("圆梦助学", "education", 60.0),
    ("邻里帮困", "hardship", 90.0),
    ("山乡应急", "disaster", 30.0),
)
DONATIONS = Habit(
    "捐赠明细{month}.csv", dates="2025年6月30日", encoding="gb18030", line_end="\r\n", changed=month(2025, 1), words=1
)
GRANTS = Habit(
    "慈善救助{label}.xlsx",
    dates="20250630",
    sheet="{street}",
    above=("慈善救助发放表({label})", "单位:元"),
    footer=(("经办人:贺清欢",),),
    changed=month(2024, 10),
)
PROJECT_LIST = Habit("慈善项目一览.xlsx", dates="date cell", above=("{district}慈善项目一览表",))


def send(world: "World") -> list[dict[str, Any]]:
    """Send donations and grants month by month, and the list of projects once."""
    streets = [world.district.street_name(at) for at in range(len(STREETS))]
    projects = _projects(world, streets)
    world.send("charity_projects", projects, LAST, habit=PROJECT_LIST)
    donors = _donors(world, streets)
    answers: list[dict[str, Any]] = []
    for number in range(world.first, LAST + 1):
        donations = _donations(world, donors, projects, streets, number)
        planted = _planted(world, donors, number, len(donations))
        delivery = world.send("donations", pl.concat([donations, planted]), number, habit=DONATIONS)
        answers += [
            {
                "fault": "spent_elsewhere" if row["spent_street_name"] == OUTSIDE else "offer_unmatched",
                "outcome": "finding",
                "extract": "donations",
                "months": label(number),
                "file": delivery.file,
                "street_name": row["donor_street_name"],
                "yuan": row["donation_amount_yuan"],
            }
            for row in planted.to_dicts()
        ]
        _send_grants(world, projects, streets, number)
    return [*answers, *_answers(_topped_up(world))]


def _projects(world: "World", streets: list[str]) -> pl.DataFrame:
    rows = [
        (f"XM{world.prefix}{at + 1:03d}", name, purpose, "" if at else streets[-1], yuan * 10_000)
        for at, (name, purpose, yuan) in enumerate(PROJECTS)
    ]
    names = ["project_no", "project_name", "purpose_code", "street_name", "planned_amount_yuan"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        start_date=pl.lit(first_day(world.first)), end_date=pl.lit(first_day(LAST + 6))
    )


def _donors(world: "World", streets: list[str]) -> pl.DataFrame:
    rng = world.rng
    weight = np.array([GIVES[street.kind] * (street.local + street.incoming) for street in STREETS])
    kind = rng.choice(["person", "enterprise", "organisation"], DONORS, p=[0.7, 0.22, 0.08])
    people = world.strangers(np.full(DONORS, 45))["person_name"].gather(np.arange(DONORS) % 100)
    at = rng.choice(len(streets), DONORS, p=weight / weight.sum())
    serial = pl.Series(np.arange(DONORS) + 1).cast(pl.String).str.zfill(4)
    street = pl.Series(np.array(streets)[at])
    return pl.DataFrame(
        {
            "donor_no": f"JZ{world.prefix}" + serial,
            "donor_type_code": kind,
            "donor_street_name": np.where(rng.random(DONORS) < 0.08, OUTSIDE, street),
            "donor_name": pl.select(
                pl.when(pl.Series(kind) == "person").then(people).otherwise("星屿第" + serial + "号单位")
            ).to_series(),
        }
    )


def _donations(
    world: "World", donors: pl.DataFrame, projects: pl.DataFrame, streets: list[str], number: int
) -> pl.DataFrame:
    rng = world.rng
    count = int(rng.poisson(DONATIONS_A_MONTH))
    chosen = donors[rng.integers(len(donors), size=count)]
    purpose = rng.choice(PURPOSES, count, p=PURPOSE_SHARES)
    given = np.array([150.0, 15_000.0, 5_000.0])[
        np.select([chosen["donor_type_code"] == "person", chosen["donor_type_code"] == "enterprise"], [0, 1], 2)
    ]
    need = np.array([street.need * street.local for street in STREETS])
    by_purpose = dict(zip(projects["purpose_code"], projects["project_no"], strict=True))
    serial = pl.Series(np.arange(count) + 1).cast(pl.String).str.zfill(4)
    return chosen.with_columns(
        donation_no=f"JS{world.prefix}{first_day(number):%Y%m}" + serial,
        donated_date=pl.Series(days(np.full(count, number), rng.integers(1, 29, size=count))),
        # Who offered and found a project counts as matched from then on.
        donation_status_code=pl.Series(rng.choice(["received", "offered"], count, p=[0.96, 0.04])),
        purpose_code=pl.Series(purpose),
        project_no=pl.Series(purpose).replace_strict(by_purpose, default=by_purpose["hardship"]),
        spent_street_name=pl.Series(np.array(streets)[rng.choice(len(streets), count, p=need / need.sum())]),
        donation_amount_yuan=pl.Series((given * rng.lognormal(0.6, 0.7, count)).round(-1)),
    )


def _planted(world: "World", donors: pl.DataFrame, number: int, before: int) -> pl.DataFrame:
    here = donors.filter((pl.col("donor_type_code") == "enterprise") & (pl.col("donor_street_name") != OUTSIDE))
    far = [FAR_YUAN[FAR_MONTHS.index(number)]] if number in FAR_MONTHS else []
    offered = [OFFER_YUAN[OFFER_MONTHS.index(number)]] if number in OFFER_MONTHS else []
    count = len(far) + len(offered)
    is_far = np.arange(count) < len(far)
    serial = pl.Series(np.arange(count) + before + 1).cast(pl.String).str.zfill(4)
    return here.head(count).with_columns(
        donation_no=f"JS{world.prefix}{first_day(number):%Y%m}" + serial,
        donated_date=pl.Series(days(np.full(count, number), 20)),
        donation_status_code=pl.Series(np.where(is_far, "received", "offered"), dtype=pl.String),
        purpose_code=pl.Series(np.where(is_far, "disaster", "unspecified"), dtype=pl.String),
        project_no=pl.Series(np.full(count, ""), dtype=pl.String),
        spent_street_name=pl.Series(np.where(is_far, OUTSIDE, ""), dtype=pl.String),
        donation_amount_yuan=pl.Series(far + offered, dtype=pl.Float64),
    )


def _send_grants(world: "World", projects: pl.DataFrame, streets: list[str], number: int) -> None:
    rng = world.rng
    names = ["id_number", "person_name", "hukou_place", "residence_place"]
    now = month_of_life(world.life, number).members
    covered = now.filter(pl.col("is_covered") & (pl.col("residence_place") >= 0) & (pl.col("position") == 0))
    pool = pl.concat(
        [
            covered.unique("person_id", keep="first", maintain_order=True).select(names),
            world.neighbours.filter(pl.col("residence_place") >= 0).head(1200).select(names),
        ]
    )
    count = int(rng.poisson(GRANTS_A_MONTH))
    chosen = pool[rng.choice(len(pool), count, replace=False)]
    purpose = rng.choice(["hardship", "medical", "education"], count, p=[0.5, 0.35, 0.15])
    by_purpose = dict(zip(projects["purpose_code"], projects["project_no"], strict=True))
    given = chosen.with_columns(
        granted_date=pl.Series(days(np.full(count, number), rng.integers(1, 29, size=count))),
        purpose_code=pl.Series(purpose),
        project_no=pl.Series(purpose).replace_strict(by_purpose),
        grant_amount_yuan=pl.Series(np.clip(rng.lognormal(7.6, 0.6, count), 300, 20_000).round(-2)),
    )
    if number == TOPPED_UP_MONTH:
        topped_up = _topped_up(world).with_columns(project_no=pl.lit(by_purpose["hardship"]))
        given = pl.concat([given, topped_up.select(given.columns)])
    placed = world.placed(
        given, world.district.names_at(number), {"hukou_place": "hukou_", "residence_place": "residence_"}
    )
    for street in streets:
        if len(rows := placed.filter(pl.col("residence_street_name") == street)):
            world.send("charity_grants", rows, number, habit=GRANTS, street=street)


def _topped_up(world: "World") -> pl.DataFrame:
    """Return two grants to people on 低保 who got temporary assistance: with it, one is above twelve standards."""
    cap = 12 * float(standard("dibao", TOPPED_UP_MONTH))
    now = month_of_life(world.life, TOPPED_UP_MONTH).members
    covered = now.filter(pl.col("is_covered") & (pl.col("programme_code") == "dibao"))["id_number"]
    helped = (
        world.grants.filter(pl.col("residence_place") >= 0)
        .group_by("id_number", "person_name", "hukou_place", "residence_place")
        .agg(pl.len().alias("times"), pl.col("decision_date").max(), pl.col("grant_amount_yuan").sum().alias("helped"))
        .filter((pl.col("times") == 1) & (pl.col("decision_date") >= first_day(TOPPED_UP_MONTH - 4)))
        .filter((pl.col("decision_date") < first_day(TOPPED_UP_MONTH)) & pl.col("id_number").is_in(covered.implode()))
        .sort("id_number")
        .head(2)
    )
    above = pl.Series([ABOVE_YUAN, 0.0])
    return helped.with_columns(
        fault=pl.Series(["above_special_sum", "at_special_sum"]),
        granted_date=pl.lit(first_day(TOPPED_UP_MONTH)).dt.offset_by("19d"),
        purpose_code=pl.lit("hardship"),
        grant_amount_yuan=cap - pl.col("helped") + above,
    )


def _answers(topped_up: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "fault": row["fault"],
            "outcome": "finding" if row["fault"] == "above_special_sum" else "legitimate",
            "extract": "charity_grants",
            "months": label(TOPPED_UP_MONTH),
            "person_name": row["person_name"],
            "id_number": row["id_number"],
            "overpaid_yuan": ABOVE_YUAN if row["fault"] == "above_special_sum" else 0.0,
        }
        for row in topped_up.to_dicts()
    ]
