"""One district's history, delivered office by office and month by month, and the answer key of it."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from flows.sample import events, faults, grace, splits
from flows.sample.district import (
    STREETS,
    District,
    division_changes,
    division_table,
    editions,
    make_district,
    population_at,
)
from flows.sample.files import Inbox
from flows.sample.months import LAST, first_day, label, month
from flows.sample.offices import Delivery, deliver
from flows.sample.programmes import STANDARDS, Month, first_days, live, month_of_life, pay
from flows.sample.subjects import World, send_all

# What the survey report states; 3000余户, 60余万元 and 90%以上 are lower bounds.
REPORT = "区人大调研报告(2025年6月)"
STATED = (
    ("dibao_households", 1739, 1, "=", date(2025, 6, 30), ""),
    ("dibao_persons", 2051, 1, "=", date(2025, 6, 30), ""),
    ("dibian_households", 62, 1, "=", date(2025, 6, 30), ""),
    ("dibian_persons", 183, 1, "=", date(2025, 6, 30), ""),
    ("tekun_households", 22, 1, "=", date(2025, 6, 30), ""),
    ("tekun_persons", 22, 1, "=", date(2025, 6, 30), ""),
    ("dibao_standard", 1301, 1, "=", date(2025, 5, 31), ""),
    ("dibao_standard_base", 1041, 1, "=", date(2020, 12, 31), ",由“比2020年底提高260元”推得"),
    ("dibao_standard_increase", 260, 1, "=", date(2025, 5, 31), ""),
    ("tekun_standard", 2255, 1, "=", date(2025, 5, 31), ""),
    ("tekun_standard_base", 1837, 1, "=", date(2020, 12, 31), ",由“比2020年提高418元”推得"),
    ("tekun_standard_increase", 418, 1, "=", date(2025, 5, 31), ""),
    ("medical_backstop_households", 3, 1, "=", None, ""),
    ("medical_backstop_persons", 3, 1, "=", None, ""),
    ("medical_backstop_yuan", 26894.25, 0.01, "=", None, ""),
    ("medical_coverage_rate", 0.9075, 0.0001, "=", None, ""),
    ("visited_households", 3000, 1, "≥", None, ",“3000余户”"),
    ("verification_reports", 1000, 1, "=", None, ""),
    ("recovered_yuan", 600_000, 1, "≥", None, ",“60余万元”"),
    ("fiscal_share", 0.9, 0.01, "≥", None, ",“90%以上”"),
)

PROGRAMMES = ("dibao", "dibian", "tekun")
BOTH = {"hukou_place": "hukou_", "residence_place": "residence_"}
Send = Callable[..., Delivery]


def fill(inbox: Inbox, index: int, seed: int, first: int, is_alone: bool) -> dict[str, Any]:
    """Deliver one district's whole history and return its answer key; further districts share the files."""
    random = (np.random.default_rng([seed, index, part]) for part in range(100))
    district = make_district(index, next(random))
    life, graces = grace.plant(live(district, first, next(random)), first)
    planted = faults.plant(life, first, next(random))
    apart = splits.choose(life, first)
    prefix = "" if is_alone else district.code

    def send(name: str, frame: pl.DataFrame, number: int, **how: Any) -> Delivery:
        mark = "" if is_alone or name == "visits" else district.name
        return deliver(inbox, name, frame, number, district=district.name, mark=mark, **how)

    _send_statistics(send, district, first, next(random))
    _send_standards(send, district)
    _send_office(send, district, has_statements=index == 0)

    dead = events.deaths(district, life, planted.late_deaths, first, next(random))
    stays = events.custody(district, life, planted.unknown_custody, first, next(random))
    registered = events.registrations(district, first, next(random))
    neighbours = events.neighbours(district, next(random))
    hardship = events.hardship_households(district, first, next(random))
    settled = events.settlements(life, neighbours, first, planted.doubtful, prefix, next(random))
    settled = faults.unprotected(settled, planted, prefix)
    owed = events.recoveries(life, prefix, next(random))
    pay_rng, grant_rng, visit_rng, report_rng, fund_rng = (next(random) for _ in range(5))

    answers = planted.answers
    covered: dict[str, Any] = {}
    paid: list[pl.DataFrame] = []
    granted: list[pl.DataFrame] = []
    failed: pl.DataFrame | None = None
    before: Month | None = None
    for number in range(first, LAST + 1):
        now = month_of_life(life, number)
        written = faults.enrolled_twice(faults.misread(splits.listed_before(now, apart), planted), planted)
        names = district.names_at(number)
        reported = pl.lit(first_day(number))

        covered[label(number)] = _covered(written)
        answers += _send_rosters(send, written, before, names)
        before = written
        payments, failed = pay(faults.misread(now, planted), failed, prefix, pay_rng)
        payments = grace.paid_besides(faults.on_one_account(payments, planted, number), graces, number)
        paid.append(payments)
        send("payments", payments.with_columns(report_month=reported, benefit_month=first_days("benefit_t")), number)
        given = faults.asked_twice(events.grants(now, neighbours, grant_rng), planted, number)
        granted.append(given)
        answers += _send_grants(send, district, given, names, number)
        send("funds", _by_street(district, events.funds(district, payments, given, fund_rng)), number)
        for street, rows in _streets(district, events.visits(now, hardship, visit_rng)):
            send("visits", _placed(rows, names, {"place": ""}), number, street=street)
        reports = events.verification_reports(now, first, prefix, report_rng)
        send("verification_reports", reports.with_columns(report_month=reported), number)
        died = dead.filter(pl.col("death_date").dt.truncate("1mo") == first_day(number))
        send("deaths", _placed(died, names, {"place": "hukou_"}).with_columns(report_month=reported), number)
        send("custody", events.custody_at(stays, number), number)
        send("settlements", settled.filter(pl.col("report_month") == first_day(number)), number)
        if _ends_quarter(number):
            send("residence_registrations", _placed(events.registered_at(registered, now), names, BOTH), number)
            if len(rows := owed.filter(pl.col("quarter_t") == number)):
                send("recoveries", rows, number)
    everything = pl.concat(paid)
    answers += faults.paid_wrongly(life, planted, everything) + grace.answers(graces, everything)
    answers += splits.answers(apart)
    answers += faults.found_in_rosters(planted, pl.concat(granted))
    world = World(
        send=send,
        placed=_placed,
        district=district,
        life=life,
        first=first,
        prefix=prefix,
        dead=dead,
        custody=stays,
        neighbours=neighbours,
        payments=everything,
        grants=pl.concat(granted),
        rng=np.random.default_rng(seed),
        taken=[frame["id_number"] for frame in (life.people, dead, stays, neighbours, registered)],
        answers=answers,
    )
    answers += send_all(world, seed)
    return {"code": district.code, "name": district.name, "covered": covered, "faults": answers}


def _ends_quarter(number: int) -> bool:
    return number % 3 == 2


def _placed(frame: pl.DataFrame, names: pl.DataFrame, places: dict[str, str]) -> pl.DataFrame:
    # Places -1 (outside) and -2 (not reported) count from the end of the names, where they stand.
    return frame.with_columns(
        names[name][frame[column].to_numpy() % len(names)].alias(prefix + name)
        for column, prefix in places.items()
        for name in ("street_name", "village_name")
    )


def _streets(district: District, rows: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    street = pl.Series(district.street[rows["place"].to_numpy()])
    for at in range(len(STREETS)):
        yield district.street_name(at), rows.filter(street == at)


def _by_street(district: District, funds: pl.DataFrame) -> pl.DataFrame:
    names = [district.street_name(at) for at in range(len(STREETS))]
    return funds.with_columns(street_name=pl.col("street").replace_strict(dict(enumerate(names))))


def _send_statistics(send: Send, district: District, first: int, rng: np.random.Generator) -> None:
    for number in editions(first):
        send("divisions", division_table(district, number), number)
    send("division_changes", division_changes(district, first), LAST)
    # The rates of the first months need the quarter before them.
    for number in range(first - (first + 1) % 3, LAST + 1, 3):
        frame = population_at(district, number, rng)
        send("population", frame.with_columns(report_month=pl.lit(first_day(number))), number)


def _send_standards(send: Send, district: District) -> None:
    rows = [
        (
            district.code + "000000",
            programme,
            first_day(month(year, of_year)),
            float(yuan),
            f"区民〔{year}〕{of_year}号",
        )
        for programme, steps in STANDARDS.items()
        for year, of_year, yuan in steps
    ]
    names = ["district_code", "programme_code", "effective_date", "standard_amount_yuan", "basis_document"]
    send("standards", pl.DataFrame(rows, schema=names, orient="row"), LAST)


def _send_office(send: Send, district: District, has_statements: bool) -> None:
    names = ["figure_name", "stated_value", "stated_precision", "stated_bound", "stated_as_of_date", "stated_source"]
    if has_statements:
        rows = [
            (name, float(value), float(step), bound, as_of, REPORT + note)
            for name, value, step, bound, as_of, note in STATED
        ]
        send("stated_figures", pl.DataFrame(rows, schema=names, orient="row"), LAST)
    decided = [
        (district.street_name(0), spelling, district.names_at(number)["village_code"][district.places(stem)[0]])
        for number, (fault, spelling, stem) in faults.SPELLINGS.items()
        if fault == "village_decided"
    ]
    names = ["written_street_name", "written_village_name", "area_code"]
    frame = pl.DataFrame(decided, schema=names, orient="row").with_columns(decided_date=pl.lit(first_day(LAST)))
    send("area_decisions", frame, LAST)


def _send_rosters(send: Send, now: Month, before: Month | None, names: pl.DataFrame) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    number = now.number
    for programme in PROGRAMMES:
        if programme == "dibian" and number == faults.MISSING_MONTH:
            answers.append(
                {"fault": "missing_month", "outcome": "no_data", "extract": "dibian_households、dibian_members"}
                | {"months": label(number)}
            )
            continue
        if programme == "dibao" and number == faults.CORRECTED_MONTH and before:
            first_version = faults.uncorrected(now, before)
            _send_roster(send, programme, first_version, names)
            delivery = _send_roster(send, programme, now, names, suffix="_更正")[1]
            answers.append(
                faults.row_answer("corrected_month", "restated", delivery, number)
                | {"first": _covered(first_version)[programme], "corrected": _covered(now)[programme]}
            )
            continue
        households, members = _send_roster(send, programme, now, names)
        if programme == "dibao" and number == faults.TEXT_AMOUNTS_MONTH:
            answers.append(faults.row_answer("text_amounts", "normalised", households, number))
        if programme == "dibao" and number == faults.TWICE_MONTH:
            answers.append(
                faults.row_answer("row_twice", "skipped", members, number)
                | {"row_number": members.first_row + faults.TWICE_ROW + 1}
            )
    return answers


def _send_roster(
    send: Send, programme: str, now: Month, names: pl.DataFrame, suffix: str = ""
) -> tuple[Delivery, Delivery]:
    mine = pl.col("programme_code") == programme
    order = ["hukou_place", "household_no"]
    households = _placed(now.households.filter(mine).sort(order), names, BOTH).with_columns(
        household_status_code="status_code",
        address=pl.col("residence_street_name") + pl.col("residence_village_name") + pl.col("door"),
    )
    members = _placed(now.members.filter(mine).sort([*order, "position"]), names, BOTH).with_columns(
        member_status_code="status_code"
    )
    spoil: dict[str, Any] = {}
    if programme == "dibao" and now.number == faults.TEXT_AMOUNTS_MONTH:
        spoil["households"] = faults.as_text
    if programme == "dibao" and now.number == faults.TWICE_MONTH:
        spoil["members"] = faults.twice
    return (
        send(f"{programme}_households", households, now.number, suffix=suffix, spoil=spoil.get("households")),
        send(f"{programme}_members", members, now.number, suffix=suffix, spoil=spoil.get("members")),
    )


def _send_grants(
    send: Send, district: District, given: pl.DataFrame, names: pl.DataFrame, number: int
) -> list[dict[str, Any]]:
    def spoil(written: pl.DataFrame) -> pl.DataFrame:
        written = faults.spelled(written, number, district.street_name(0))
        return faults.in_ten_thousands(written) if number == faults.IN_TEN_THOUSANDS_MONTH else written

    delivery = send("temporary_assistance", _placed(given, names, BOTH), number, spoil=spoil)
    answers = faults.spelling_answer(district, delivery, number)
    if number == faults.IN_TEN_THOUSANDS_MONTH:
        answers.append(faults.row_answer("ten_thousands", "warning", delivery, number))
    return answers


def _covered(now: Month) -> dict[str, dict[str, int]]:
    return {
        programme: {
            "households": len(now.households.filter(pl.col("is_covered") & (pl.col("programme_code") == programme))),
            "persons": now.members.filter(pl.col("is_covered") & (pl.col("programme_code") == programme))[
                "person_id"
            ].n_unique(),
        }
        for programme in PROGRAMMES
    }
