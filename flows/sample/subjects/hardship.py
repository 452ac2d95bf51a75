"""Children of prisoners, who was told of which programme, and people in hardship whom nobody helps.

Those planted are strangers to every other subject: what the warehouse says of them is what is sent here, and the
offices that know of their hardship add them on a sheet of their own.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, days, first_day, label
from flows.sample.offices import Habit
from flows.sample.subjects import cases, charity, employment
from flows.sample.subjects.pools import NAMES, PLACES, choose, of_age, on_rosters

if TYPE_CHECKING:
    from flows.sample.subjects import World

CHILDREN = Habit(
    "服刑人员未成年子女{label}.xlsx",
    dates="date cell",
    above=("{district}服刑人员未成年子女摸排表", "({label})"),
    footer=(("制表人:闻人语", "", "", "(盖章)"),),
    changed=LAST - 5,
    words=1,
)
NOTICES = Habit(
    "政策找人告知{label}.xlsx",
    dates="serial number",
    sheet="{street}",
    above=("{street}政策找人告知台账({label})",),
    changed=LAST - 8,
)
# The offices' own workbooks, and a sheet in them for who came in later.
LATE_SHEET = "补登"
UNEMPLOYED = replace(employment.HABITS["unemployment_registrations"], sheet=LATE_SHEET)
GRANTED = replace(charity.GRANTS, sheet=LATE_SHEET)
EVENTS = replace(cases.EVENTS, sheet=LATE_SHEET)

MISSING_QUARTER = LAST - 3  # the children's list of the first quarter of 2025 never came
COVERED_CHILDREN, PLANTED_CHILDREN, NOTICES_A_MONTH = 4, 6, 12
ILL_MONTH, ILL_SELF_PAID = LAST - 4, {True: 7600.0, False: 4990.0}
# (fault, how many, the application's month and how far it came, the month of the answer to a notice and the answer)
PLANTED: tuple[tuple[str, int, tuple[int, str] | None, tuple[int, str] | None], ...] = (
    ("blind_spot", 2, None, (LAST - 3, "undecided")),
    ("blind_spot_many_lists", 2, None, None),
    ("blind_spot_decline_lapsed", 2, None, (LAST - 14, "declined")),
    ("blind_spot_rejection_lapsed", 2, (LAST - 9, "verify"), None),
    ("hardship_below_threshold", 2, None, (LAST - 3, "undecided")),
    ("hardship_pending", 2, (LAST, "accept"), None),
    ("hardship_declined", 2, None, (LAST - 4, "declined")),
    ("hardship_rejected", 2, (LAST - 2, "verify"), None),
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send the children of each quarter, the notices of each month and what other offices know of the planted."""
    children = _children(world)
    for number in range(world.first, LAST + 1):
        if number % 3 == 2 and number != MISSING_QUARTER:
            known = children.filter(pl.col("custody_since_date") <= days(number, 31).item())
            world.send("prisoner_children", _placed(world, known, number), number, habit=CHILDREN)
    planted = _planted(world)
    _send_notices(world, planted)
    _send_applications(world, planted)
    _send_settlements(world, planted)
    _send_lists(world, planted.filter(pl.col("fault").is_in(["blind_spot_many_lists", "hardship_below_threshold"])))
    told = [
        {"fault": fault, "outcome": fault.split("_")[0], "extract": "settlements", "months": label(LAST)}
        | {"id_number": number, "person_name": name}
        for fault, number, name in planted.select("fault", "id_number", "person_name").iter_rows()
    ]
    told += [
        {"fault": fault, "outcome": fault.split("_")[0], "extract": "prisoner_children", "months": label(LAST)}
        | {"id_number": number, "person_name": name, "parent_id_number": parent}
        for fault, number, name, parent in children.select(
            "fault", "id_number", "person_name", "parent_id_number"
        ).iter_rows()
    ]
    late = {"fault": "hardship_list_late", "outcome": "no_data", "extract": "prisoner_children"}
    return [*told, late | {"months": label(MISSING_QUARTER)}]


def _placed(world: "World", rows: pl.DataFrame, number: int) -> pl.DataFrame:
    return world.placed(rows, world.district.names_at(number), PLACES)


def _homes(world: "World", count: int) -> pl.Series:
    here = world.neighbours.filter(pl.col("hukou_place") >= 0)
    return pl.Series(choose(here, count, world.rng)["hukou_place"])


def _strangers(world: "World", count: int, ages: tuple[int, int]) -> pl.DataFrame:
    made = world.strangers(world.rng.integers(*ages, size=count + 4)).head(count)
    home = _homes(world, count)
    return made.with_columns(hukou_place=home, residence_place=home).select(NAMES)


def _children(world: "World") -> pl.DataFrame:
    """Return children of prisoners: some of the 低保 rosters, others whom nobody helps."""
    minors = of_age(on_rosters(world).filter("stays" & (pl.col("residence_place") >= 0)), 4, 17)
    covered = minors.head(COVERED_CHILDREN).select(NAMES)
    others = _strangers(world, PLANTED_CHILDREN, (5, 15))
    count = len(covered) + len(others)
    since = world.rng.integers(world.first - 20, world.first + 1, size=count)
    children = pl.concat(
        [covered.with_columns(fault=pl.lit("hardship_covered")), others.with_columns(fault=pl.lit("blind_spot_child"))]
    ).with_columns(
        custody_since_date=pl.Series(days(since, world.rng.integers(1, 29, size=count))),
        caregiver_code=pl.Series(np.resize(["grandparents", "parent", "relatives", "nobody"], count)),
    )
    # Whoever was imprisoned next before or after the day the list tells; of the first child nobody knows the number.
    sentenced = world.custody.filter(
        (pl.col("custody_type_code") == "sentence") & pl.col("custody_end_date").is_null()
    ).select("custody_start_date", parent_id_number="id_number")
    return (
        children.with_row_index("at")
        .sort("custody_since_date")
        .join_asof(
            sentenced.sort("custody_start_date"),
            left_on="custody_since_date",
            right_on="custody_start_date",
            strategy="nearest",
        )
        .sort("at")
        .with_columns(parent_id_number=pl.when(pl.col("at") > 0).then("parent_id_number").otherwise(pl.lit("")))
        .drop("at", "custody_start_date")
    )


def _planted(world: "World") -> pl.DataFrame:
    """Return the planted adults: who, under which fault, and what was applied for and answered when."""
    fields = [
        {"fault": fault, "applied_t": applied and applied[0], "last_step": applied and applied[1]}
        | {"answered_t": answer and answer[0], "notice_answer_code": answer and answer[1]}
        for fault, count, applied, answer in PLANTED
        for _ in range(count)
    ]
    people = _strangers(world, len(fields), (30, 60))
    return pl.concat([people, pl.DataFrame(fields, infer_schema_length=None)], how="horizontal").with_row_index("at")


def _send_notices(world: "World", planted: pl.DataFrame) -> None:
    """Send who was told of a programme: every month some of those who live here, and the planted."""
    rng = world.rng
    count = NOTICES_A_MONTH * (LAST - world.first + 1)
    others = choose(world.neighbours.filter(pl.col("residence_place") >= 0), count, rng).select(NAMES)
    others = others.with_columns(
        t=pl.Series(np.repeat(np.arange(world.first, LAST + 1), NOTICES_A_MONTH)),
        programme_code=pl.Series(
            rng.choice(["dibao", "temporary", "medical", "housing"], count, p=[0.4, 0.3, 0.2, 0.1])
        ),
        notice_answer_code=pl.Series(rng.choice(["willing", "declined", "undecided"], count, p=[0.5, 0.2, 0.3])),
    )
    mine = planted.filter(pl.col("answered_t").is_not_null()).select(
        *NAMES, t="answered_t", programme_code=pl.lit("medical"), notice_answer_code="notice_answer_code"
    )
    rows = pl.concat([others, mine])
    rows = rows.with_columns(
        notified_date=pl.Series(days(rows["t"].to_numpy(), rng.integers(1, 29, size=len(rows)))),
        notice_channel_code=pl.Series(rng.choice(["visit", "phone", "message"], len(rows), p=[0.6, 0.3, 0.1])),
    ).sort("notified_date", "id_number")
    for number in range(world.first, LAST + 1):
        now = _placed(world, rows.filter(pl.col("t") == number), number)
        for street in sorted(now["residence_street_name"].unique()):
            of_street = now.filter(pl.col("residence_street_name") == street)
            world.send("policy_notices", of_street, number, habit=NOTICES, street=street)


def _send_applications(world: "World", planted: pl.DataFrame) -> None:
    """Send the planted applications, taken, and turned down at the online check if they came so far."""
    for number in sorted(planted["applied_t"].drop_nulls().unique()):
        applied = planted.filter(pl.col("applied_t") == number).with_columns(
            application_no=pl.lit("YZB" + world.prefix) + pl.col("at").cast(pl.String).str.zfill(4),
            report_month=pl.lit(first_day(number)),
            programme_code=pl.lit("dibao"),
            application_date=pl.lit(days(number, 6).item()),
            application_channel_code=pl.lit("window"),
        )
        world.send("applications", _placed(world, applied, number), number, habit=cases.APPLICATIONS)
        steps = pl.DataFrame(
            {"step_code": ["apply", "accept", "verify"], "day": [6, 7, 10], "event_time": ["09:10", "10:05", "15:40"]}
        )
        is_rejected = pl.col("step_code") == "verify"
        done = applied.join(steps, how="cross").filter((pl.col("last_step") == "verify") | ~is_rejected)
        done = done.with_columns(
            event_date=pl.Series(days(np.full(len(done), number), done["day"].to_numpy())),
            operator_no=pl.lit("GH001"),
            event_channel_code=pl.lit("window"),
            step_result_code=pl.when(is_rejected).then(pl.lit("rejected")).otherwise(pl.lit("passed")),
        )
        world.send("case_events", done, number, habit=EVENTS, street="区级")


def _send_settlements(world: "World", planted: pl.DataFrame) -> None:
    """Send one stay in hospital of every planted person: above the threshold, or just below it."""
    paid = (planted["fault"] != "hardship_below_threshold").replace_strict(ILL_SELF_PAID, return_dtype=pl.Float64)
    nothing = ("serious_illness", "medical_assistance", "other", "backstop")
    day = days(ILL_MONTH, 12).item()
    rows = planted.with_columns(
        *(pl.lit(0.0).alias(f"{name}_amount_yuan") for name in nothing),
        report_month=pl.lit(first_day(ILL_MONTH)),
        settlement_no=pl.lit("YBB" + world.prefix) + pl.col("at").cast(pl.String).str.zfill(6),
        service_date=pl.lit(day),
        settlement_date=pl.lit(day),
        patient_type_code=pl.lit("general"),
        self_paid_amount_yuan=paid,
        basic_amount_yuan=pl.lit(9000.0),
        in_scope_amount_yuan=paid + 9000.0,
        total_amount_yuan=paid + 10_000.0,
    )
    world.send("settlements", rows, ILL_MONTH)


def _send_lists(world: "World", planted: pl.DataFrame) -> None:
    """Let two be on three lists, and two on none: an insured unemployed person, and a single grant of a charity."""
    is_many = pl.col("fault") == "blind_spot_many_lists"
    project = [purpose for _, purpose, _ in charity.PROJECTS].index("hardship")
    rows = planted.with_columns(
        unemployed_date=pl.lit(days(LAST - 2, 8).item()),
        is_insured=~is_many,
        purpose_code=pl.lit("hardship"),
        project_no=pl.lit(f"XM{world.prefix}{project + 1:03d}"),
        grant_amount_yuan=pl.lit(800.0),
    )
    for number in range(LAST - 2, LAST + 1):
        now = _placed(world, rows, number)
        world.send("unemployment_registrations", now, number, habit=UNEMPLOYED, street="区级")
        given = now.with_columns(granted_date=pl.lit(days(number, 20).item()))
        if number < LAST:
            given = given.filter(is_many) if number == LAST - 1 else given
            world.send("charity_grants", given, number, habit=GRANTED)
