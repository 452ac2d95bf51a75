"""The provincial platform's export: its own roster of the last months, and the alerts of its monitoring.

Some persons are only on the platform (left, not yet closed there), some only on the department's rosters.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, NEVER, days, first_day, label
from flows.sample.offices import Habit
from flows.sample.programmes import month_of_life

if TYPE_CHECKING:
    from flows.sample.subjects import World

EXPORTED_MONTHS = 3  # the platform's export begins with the second quarter of 2025
STILL_LISTED, NOT_LISTED = 3, 4
FOUND_SHARE, FALSE_ALERTS_A_MONTH = 0.35, 8
SOURCES = ("medical_cost", "disability", "unemployment", "education")
RECORDS = Habit("在享人员导出{month}.csv", dates="20250630", months="202506", words=1)
ALERTS = Habit("监测预警{month}.csv", dates="2025-06-30", encoding="gb18030", line_end="\r\n")


def send(world: "World") -> list[dict[str, Any]]:
    """Send the alerts of every month and the roster of the last ones."""
    answers = _send_alerts(world)
    for number in range(LAST - EXPORTED_MONTHS + 1, LAST + 1):
        answers += _send_records(world, number)
    return answers


def _send_records(world: "World", number: int) -> list[dict[str, Any]]:
    names = ["person_id", "id_number", "person_name", "hukou_place", "programme_code", "start_date"]
    members = month_of_life(world.life, number).members
    covered = members.filter("is_covered").unique(["person_id", "programme_code"], keep="first", maintain_order=True)
    # Only who is on one programme, so that a difference is one row.
    left = members.filter(~pl.col("is_covered") & pl.col("is_enrolled") & (pl.col("programme_code") == "dibao"))
    ended = left.filter(~pl.col("person_id").is_in(covered["person_id"].implode())).sort("person_id").head(STILL_LISTED)
    stayed = world.life.cases.filter(
        (pl.col("programme_code") == "dibao")
        & (pl.col("end_t") == NEVER)
        & (pl.col("start_t") > LAST - 12)
        & (pl.col("start_t") < LAST - EXPORTED_MONTHS)
    )
    heads = covered.filter(pl.col("case_id").is_in(stayed["case_id"].implode()) & (pl.col("position") == 0))
    left_out = heads.sort("person_id").head(NOT_LISTED)
    listed = covered.filter(
        ~(pl.col("person_id").is_in(left_out["person_id"].implode()) & (pl.col("programme_code") == "dibao"))
    )
    frame = pl.concat([listed.select(names), ended.select(names)]).with_columns(
        report_month=pl.lit(first_day(number)), platform_status_code=pl.lit("active")
    )
    placed = world.placed(frame, world.district.names_at(number), {"hukou_place": "hukou_"})
    code = world.district.names_at(number)["village_code"]
    rows = placed.with_columns(hukou_village_code=code[placed["hukou_place"].to_numpy() % len(code)])
    delivery = world.send("platform_records", rows.sort("id_number"), number, habit=RECORDS)
    return [
        {
            "fault": fault,
            "outcome": "finding",
            "extract": "platform_records",
            "months": label(number),
            "file": delivery.file,
            "person_name": person["person_name"],
            "id_number": person["id_number"],
        }
        for fault, people in (("only_on_platform", ended), ("only_on_roster", left_out))
        for person in people.to_dicts()
    ]


def _send_alerts(world: "World") -> list[dict[str, Any]]:
    rng = world.rng
    # Heads of households that came within the history: some of them because the platform's data said so.
    firsts = world.life.cases.group_by("household_id").agg(pl.col("start_t").min())
    # Of a 单人保 case the head is not enrolled.
    enrolled = world.life.members.filter((pl.col("position") == 0) & pl.col("is_enrolled"))
    came = (
        world.life.cases.filter((pl.col("programme_code") == "dibao") & (pl.col("start_t") > world.first + 2))
        .join(firsts, on=["household_id", "start_t"], how="semi")
        .join(enrolled.select("case_id", "person_id"), on="case_id")
        .join(world.life.people, on="person_id")
        .join(world.life.households.select("household_id", "hukou"), on="household_id")
        .sort("case_id")
    )
    found = came.filter(pl.Series(rng.random(len(came)) < FOUND_SHARE)).unique(
        "person_id", keep="first", maintain_order=True
    )
    start = found["start_t"].to_numpy()
    lead = rng.integers(10, 80, size=len(found))
    alerted = days(start) - lead
    mine = found.select("id_number", "person_name", place="hukou").with_columns(
        alert_date=pl.Series(alerted), alert_outcome_code=pl.lit("applied")
    )
    months = np.repeat(np.arange(world.first, LAST + 1), FALSE_ALERTS_A_MONTH)
    others = world.neighbours.tail(len(months)).select("id_number", "person_name", place="residence_place")
    false = others.with_columns(
        alert_date=pl.Series(days(months, rng.integers(1, 29, size=len(months)))),
        alert_outcome_code=pl.Series(rng.choice(["cleared", "open"], len(months), p=[0.8, 0.2])),
    )
    alerts = pl.concat([mine, false]).with_columns(
        alert_source_code=pl.Series(rng.choice(SOURCES, len(mine) + len(false), p=[0.5, 0.2, 0.2, 0.1]))
    )
    first_of_month = pl.col("alert_date").dt.truncate("1mo")
    for number in range(world.first, LAST + 1):
        rows = alerts.filter(first_of_month == first_day(number)).sort("alert_date", "id_number")
        code = world.district.names_at(number)["village_code"]
        serial = pl.Series(np.arange(len(rows)) + 1).cast(pl.String).str.zfill(4)
        rows = rows.with_columns(
            hukou_village_code=code[rows["place"].to_numpy() % len(code)],
            alert_no=f"YJ{world.prefix}{first_day(number):%Y%m}" + serial,
        )
        world.send("platform_alerts", rows, number, habit=ALERTS)
    return [
        {
            "fault": "found_by_data",
            "outcome": "found",
            "extract": "platform_alerts",
            "months": label(int(came_t)),
            "person_name": person["person_name"],
            "id_number": person["id_number"],
            "lead_days": int(days_before),
        }
        for person, came_t, days_before in zip(found.to_dicts(), start, lead, strict=True)
    ]
