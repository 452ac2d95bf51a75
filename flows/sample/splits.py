"""Households that split up for the sake of a second top-up (拆户), and others that parted for good reasons.

Before they enrolled alone, these people were listed as co-living, not enrolled, in another household: no count changes.
"""

from typing import Any

import polars as pl

from flows.sample.months import LAST, NEVER, label
from flows.sample.programmes import Life, Month, first_days

LISTED_MONTHS, SPLIT = 3, 3
LAST_POSITION = 30  # behind everybody who was ever in the household


def choose(life: Life, first: int) -> pl.DataFrame:
    """Return who was listed where before: case_id, person, host_case_id, start_t, fault."""
    sizes = life.members.group_by("case_id").agg(persons=pl.len(), enrolled=pl.col("is_enrolled").sum())
    homes = life.households.filter((pl.col("residence_t") == NEVER) & (pl.col("hukou_t") == NEVER)).select(
        "household_id", "household_no", "hukou", "residence"
    )
    quiet = (
        life.cases.filter(
            (pl.col("programme_code") == "dibao")
            & (pl.col("end_t") == NEVER)
            & (pl.col("grace_t") == NEVER)
            & (pl.col("suspended_t") == NEVER)
            & pl.col("household_id").is_unique()
        )
        .join(sizes, on="case_id", maintain_order="left")
        .join(homes, on="household_id", maintain_order="left")
        .filter(pl.col("residence") >= 0)
        .sort("case_id")
    )
    hosts = quiet.filter(pl.col("start_t") < first).select("hukou", "residence", host_case_id="case_id")
    hosts = hosts.unique("residence", keep="first", maintain_order=True)
    came = quiet.filter(pl.col("start_t").is_between(first + LISTED_MONTHS + 1, LAST - 6))
    alone, in_two = came.filter(pl.col("persons") == 1), came.filter(pl.col("enrolled") == 2)
    near = ["hukou", "residence"]
    split = alone.join(hosts, on=near, maintain_order="left").head(SPLIT)
    # Who moved to another village keeps house there; who enrols with somebody else is no single.
    apart = alone.filter(~pl.col("case_id").is_in(split["case_id"].implode())).head(1)
    apart = apart.join(hosts.select("host_case_id", away="residence"), how="cross").filter(
        pl.col("away") != pl.col("residence")
    )
    couple = in_two.join(hosts, on=near, maintain_order="left").head(1)
    names = ["case_id", "household_no", "host_case_id", "start_t", "fault"]
    chosen = pl.concat(
        [
            split.with_columns(fault=pl.lit("household_split")).select(names),
            apart.head(1).with_columns(fault=pl.lit("household_parted")).select(names),
            couple.with_columns(fault=pl.lit("household_parted")).select(names),
        ]
    )
    heads = life.members.filter(pl.col("relation_code") == "head").select("case_id", "person_id")
    people = ["person_id", "id_number", "person_name", "birth_date", "sex_code"]
    return chosen.join(heads, on="case_id", maintain_order="left").join(
        life.people.select(people), on="person_id", maintain_order="left"
    )


def listed_before(now: Month, chosen: pl.DataFrame) -> Month:
    """List, in the months before they enrol alone, the chosen as co-living in the household they come from."""
    mine = chosen.filter(pl.lit(now.number).is_between(pl.col("start_t") - LISTED_MONTHS, pl.col("start_t") - 1))
    if mine.is_empty():
        return now
    host = now.members.filter(pl.col("position") == 0)
    names = ("person_id", "id_number", "person_name", "birth_date", "sex_code")
    listed = (
        mine.select(*names, host="host_case_id", since=first_days("start_t").dt.offset_by(f"-{LISTED_MONTHS}mo"))
        .join(host.drop(names), left_on="host", right_on="case_id", maintain_order="left")
        .with_columns(
            case_id=pl.col("host"),
            position=pl.lit(LAST_POSITION, dtype=pl.Int64),
            relation_code=pl.lit("other"),
            start_date=pl.col("since"),
            is_enrolled=pl.lit(value=False),
            is_covered=pl.lit(value=False),
            status_code=pl.lit("active"),
        )
    )
    return Month(now.number, now.households, pl.concat([now.members, listed.select(now.members.columns)]))


def answers(chosen: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the answer key: from when on whoever split off takes a top-up alone."""
    return [
        {
            "fault": row["fault"],
            "outcome": "finding" if row["fault"] == "household_split" else "legitimate",
            "extract": "dibao_members",
            "months": [label(number) for number in range(row["start_t"], LAST + 1)],
            "household_no": row["household_no"],
            "person_name": row["person_name"],
            "id_number": row["id_number"],
        }
        for row in chosen.to_dicts()
    ]
