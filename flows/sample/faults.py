"""What is wrong in the sample, on purpose, and the answer key that names it.

Faults that lose rows stand in months and tables that no figure of the survey report rests on.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from flows.sample.district import District
from flows.sample.months import LAST, NEVER, days, label, month
from flows.sample.offices import Delivery
from flows.sample.programmes import Life, Month, standard

IN_TEN_THOUSANDS_MONTH = month(2024, 11)
TEXT_AMOUNTS_MONTH = month(2025, 2)
MISSING_MONTH = month(2025, 1)
CORRECTED_MONTH = month(2025, 3)
TWICE_MONTH = month(2025, 4)
OLD_NUMBERS_UNTIL = month(2024, 6)

# A village of the first street under names that are not its official one: month → (fault, spelling, village).
SPELLINGS = {
    month(2024, 5): ("village_alias", "老钟楼社区", "钟帘"),
    month(2024, 8): ("village_near_miss", "秀坊桥社区", "绣坊桥"),
    month(2024, 10): ("village_unresolved", "城门洞那片", "旧衙前"),
    month(2024, 12): ("village_decided", "老粮站宿舍", "半井"),
}
SPELLED_ROW, TWICE_ROW = 2, 99
ENROLLED_TWICE = (month(2024, 9), month(2024, 10), month(2024, 11))
SHARED_ACCOUNT_FROM = LAST - 2
UNPROTECTED_MONTH = month(2025, 3)
ASKED_MONTHS = (month(2025, 2), month(2025, 5))
LEFT_OUT, STILL_LISTED = 3, 2

# Full-width characters stand 0xFEE0 above the plain ones.
_WIDE = {ord(character): ord(character) + 0xFEE0 for character in "0123456789X"}


@dataclass(frozen=True)
class Planted:
    """Persons with something wrong, by person_id, and the answer key so far."""

    written: dict[int, str]  # person_id → ID number as the rosters write it
    old_numbers: dict[int, str]  # … until mid-2024 only
    late_deaths: pl.DataFrame
    unknown_custody: pl.DataFrame
    doubtful: list[int]  # whose identity or life is not what the rosters say
    sharers: list[dict[str, Any]]  # two households that take their money on one account
    insider: dict[str, Any]  # on the 低保 roster of two households for a while
    doubler: dict[str, Any]  # on the 低保 and on the 低边 roster for a while
    patient: dict[str, Any]  # pays above the cap and gets no backstop
    asker: dict[str, Any]  # asks for temporary help twice
    answers: list[dict[str, Any]]

    def numbers_at(self, number: int) -> dict[int, str]:
        """Return the ID numbers that the rosters of a month write differently."""
        return self.written | (self.old_numbers if number <= OLD_NUMBERS_UNTIL else {})


def plant(life: Life, first: int, rng: np.random.Generator) -> Planted:
    """Choose persons who live alone on the 低保 roster from the first month on, and let things go wrong with them."""
    alone = life.members.group_by("case_id").len().filter(pl.col("len") == 1)["case_id"].sort()
    single = (
        life.cases.filter(
            (pl.col("programme_code") == "dibao")
            & (pl.col("start_t") < first)
            & (pl.col("suspended_t") == NEVER)
            & pl.col("household_id").is_unique()
            & pl.col("case_id").is_in(alone.to_list())
        )
        .join(life.members.select("case_id", "person_id"), on="case_id", maintain_order="left")
        .join(life.people, on="person_id", maintain_order="left")
        .join(
            life.households.select("household_id", "household_no", "account_no", "hukou", "residence"),
            on="household_id",
            maintain_order="left",
        )
        .filter(pl.col("birth_date").dt.year() < 2000)
    )
    stayed = single.filter(pl.col("end_t") == NEVER)
    chosen = stayed[rng.permutation(len(stayed))[:20]].to_dicts()
    died = single.filter((pl.col("end_reason_code") == "death") & pl.col("end_t").is_between(LAST - 6, LAST - 1))
    dead, imprisoned, late = chosen[14], chosen[15], died.row(0, named=True)
    number = [person["id_number"] for person in chosen]
    # Each fault takes the next few of the chosen; 7 and 8 share the number of 7.
    written = {
        "wrong_check_digit": {at: number[at][:17] + _other_digit(number[at]) for at in range(5)},
        "missing_id_number": dict.fromkeys((5, 6), ""),
        "id_number_twice": {8: number[7]},
        "full_width_digits": {at: number[at].translate(_WIDE) for at in (9, 10)},
        "fifteen_digits": {at: number[at][:6] + number[at][8:17] for at in (11, 12, 13)},
    }
    outcomes = {"full_width_digits": "normalised", "fifteen_digits": "normalised", "id_number_twice": "shared"}
    answers = [
        {
            "fault": fault,
            "outcome": outcomes.get(fault, "surrogate"),
            "extract": "dibao_members",
            "months": f"…{label(OLD_NUMBERS_UNTIL)}" if fault == "fifteen_digits" else "all",
            "household_no": chosen[at]["household_no"],
            "person_name": chosen[at]["person_name"],
            "id_number": number[at],
            "written": text,
        }
        for fault, people in written.items()
        for at, text in people.items()
    ]
    old = {chosen[at]["person_id"]: text for at, text in written.pop("fifteen_digits").items()}
    wrongly = {chosen[at]["person_id"]: text for people in written.values() for at, text in people.items()}
    return Planted(
        written=wrongly,
        old_numbers=old,
        late_deaths=pl.DataFrame(
            {
                "person_id": [dead["person_id"], late["person_id"]],
                "death_date": days(np.array([LAST - 4, late["end_t"] - 5]), np.array([10, 20])),
            }
        ),
        unknown_custody=pl.DataFrame(
            {"person_id": [imprisoned["person_id"]], "custody_start_date": days(np.array([LAST - 5]), 15)}
        ),
        doubtful=[*wrongly, *(person["person_id"] for person in (chosen[7], dead, late, imprisoned))],
        answers=answers,
        sharers=[chosen[16], chosen[17]],
        insider=chosen[18],
        doubler=chosen[19],
        patient=chosen[17],
        asker=chosen[18],
    )


def _other_digit(number: str) -> str:
    return str((int(number[17].replace("X", "5")) + 3) % 10)


def on_one_account(payments: pl.DataFrame, planted: Planted, number: int) -> pl.DataFrame:
    """Let the second of the sharers be paid on the first one's account in the last months."""
    if number < SHARED_ACCOUNT_FROM:
        return payments
    first, second = planted.sharers
    account = pl.lit(first["account_no"])
    return payments.with_columns(
        account_no=pl.when(pl.col("household_no") == second["household_no"]).then(account).otherwise("account_no")
    )


def enrolled_twice(now: Month, planted: Planted) -> Month:
    """List one person in a second 低保 household, and one in a 低边 household besides, in some months."""
    is_over = now.number == ENROLLED_TWICE[-1] + 1
    if now.number not in ENROLLED_TWICE and not is_over:
        return now
    host = planted.sharers[0]["household_no"]
    other = now.households.filter((pl.col("programme_code") == "dibian") & pl.col("is_covered"))["household_no"].min()
    added = [
        _listed_in(now, planted.insider, (pl.col("household_no") == host) & (pl.col("programme_code") == "dibao")),
        _listed_in(now, planted.doubler, (pl.col("household_no") == other) & (pl.col("programme_code") == "dibian")),
    ]
    listed = pl.concat(added)
    if is_over:
        listed = listed.with_columns(
            end_date=pl.lit(days(np.array([now.number])).item()),
            end_reason_code=pl.lit("other"),
            status_code=pl.lit("ended"),
            is_covered=pl.lit(False),
        )
    return Month(now.number, now.households, pl.concat([now.members, listed]))


def _listed_in(now: Month, person: dict[str, Any], household: pl.Expr) -> pl.DataFrame:
    names = ("person_id", "id_number", "person_name", "birth_date", "sex_code")
    last = pl.col("position") == pl.col("position").max()
    return (
        now.members.filter(household)
        .filter(last)
        .with_columns(
            *(pl.lit(person[name]).cast(now.members.schema[name]).alias(name) for name in names),
            position=pl.col("position") + 1,
            relation_code=pl.lit("other"),
            start_date=pl.lit(days(np.array([ENROLLED_TWICE[0]])).item()),
            is_enrolled=pl.lit(True),
            is_covered=pl.lit(True),
            status_code=pl.lit("active"),
        )
    )


def unprotected(settled: pl.DataFrame, planted: Planted, prefix: str) -> pl.DataFrame:
    """Add a settlement that leaves a recipient more than the cap, without any backstop."""
    day = days(np.array([UNPROTECTED_MONTH]), np.array([11])).item()
    amounts = {"in_scope": 25_000.0, "basic": 9_000.0, "serious_illness": 1_000.0, "self_paid": 15_000.0}
    row = {name: planted.patient[name] for name in ("person_id", "id_number", "person_name")}
    row |= {name: 0.0 for name in settled.columns if name.endswith("_amount_yuan")}
    row |= {f"{name}_amount_yuan": yuan for name, yuan in amounts.items()} | {"total_amount_yuan": 31_000.0}
    row |= {"relation_code": "head", "patient_type_code": "dibao", "is_counted": True, "t": UNPROTECTED_MONTH}
    row |= {"service_date": day, "settlement_date": day, "settlement_no": f"{prefix}JS{UNPROTECTED_MONTH}9999"}
    row |= {"report_month": days(np.array([UNPROTECTED_MONTH]), np.array([1])).item()}
    return pl.concat([settled, pl.DataFrame([row], schema=settled.schema)])


def asked_twice(given: pl.DataFrame, planted: Planted, number: int) -> pl.DataFrame:
    """Grant one recipient so much, twice, that both together are above what a year allows."""
    if number not in ASKED_MONTHS:
        return given
    row = {name: planted.asker[name] for name in ("id_number", "person_name")}
    row |= {"hukou_place": planted.asker["hukou"], "residence_place": planted.asker["residence"]}
    row |= {"decision_date": days(np.array([number]), np.array([12])).item()}
    row |= {"grant_reason_code": "illness", "grant_amount_yuan": 5000.0}
    return pl.concat([given, pl.DataFrame([row], schema=given.schema)])


def found_in_rosters(planted: Planted, grants: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the answer key of who is helped twice, shares an account, is unprotected, or is above the yearly sum."""
    first, second = planted.sharers
    twice = [label(number) for number in ENROLLED_TWICE]
    answers = [
        _person("two_households", planted.insider, "dibao_members", twice),
        _person("exclusive_programmes", planted.doubler, "dibian_members", twice),
        _person("above_cap_without_backstop", planted.patient, "settlements", [label(UNPROTECTED_MONTH)]),
    ]
    months = [label(number) for number in range(SHARED_ACCOUNT_FROM, LAST + 1)]
    answers += [_person("shared_account", person, "payments", months) for person in (first, second)]
    return answers + _above_yearly_sum(grants)


def _person(fault: str, person: dict[str, Any], extract: str, months: list[str]) -> dict[str, Any]:
    told = {name: person[name] for name in ("household_no", "person_name", "id_number")}
    return {"fault": fault, "outcome": "finding", "extract": extract, "months": months} | told


def _above_yearly_sum(grants: pl.DataFrame) -> list[dict[str, Any]]:
    # Twelve months back from each grant, against six standards of that month; by person, whatever the reason.
    # What the rosters cannot say: amounts in another unit, and the row that was turned away.
    wrong_unit = pl.col("decision_date").dt.truncate("1mo") == days(np.array([IN_TEN_THOUSANDS_MONTH])).item()
    grants = grants.with_columns(
        grant_amount_yuan=pl.when(wrong_unit).then(pl.col("grant_amount_yuan") / 10_000).otherwise("grant_amount_yuan")
    )
    pairs = grants.join(grants, on="id_number", suffix="_before").filter(
        (pl.col("decision_date_before") <= pl.col("decision_date"))
        & (pl.col("decision_date_before") > pl.col("decision_date").dt.offset_by("-12mo"))
    )
    summed = pairs.group_by("id_number", "person_name", "decision_date").agg(pl.col("grant_amount_yuan_before").sum())
    at = summed["decision_date"].dt.year() * 12 + summed["decision_date"].dt.month() - 1 - 1970 * 12
    over = summed.filter(pl.Series(summed["grant_amount_yuan_before"] > 6 * standard("dibao", at.to_numpy())))
    return [
        {"fault": "above_yearly_sum", "outcome": "finding", "extract": "temporary_assistance"}
        | {"id_number": number, "person_name": name}
        for number, name in over.select("id_number", "person_name").unique().sort("id_number").iter_rows()
    ]


def misread(now: Month, planted: Planted) -> Month:
    """Return a month's rosters with the ID numbers as the office wrote them."""
    numbers = planted.numbers_at(now.number)
    read = pl.col("person_id").replace_strict(numbers, default=pl.col("id_number"), return_dtype=pl.String)
    return Month(now.number, now.households.with_columns(id_number=read), now.members.with_columns(id_number=read))


def uncorrected(now: Month, before: Month) -> Month:
    """Return the rosters as first reported: some 低保 households left out, some that had left still listed."""
    quiet = now.households.filter(
        (pl.col("programme_code") == "dibao") & (pl.col("status_code") == "active") & ~pl.col("is_single_person")
    )
    left_out = quiet["case_id"][200 : 200 + LEFT_OUT].to_list()
    left = before.households.filter((pl.col("programme_code") == "dibao") & (pl.col("status_code") == "ended"))
    still = left["case_id"][:STILL_LISTED].to_list()

    def listed(current: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
        again = earlier.filter(pl.col("case_id").is_in(still)).with_columns(
            status_code=pl.lit("active"),
            end_date=pl.lit(None, dtype=pl.Date),
            end_reason_code=pl.lit(None, dtype=pl.String),
            is_covered=pl.col("is_enrolled") if "is_enrolled" in earlier.columns else pl.lit(True),
        )
        return pl.concat([current.filter(~pl.col("case_id").is_in(left_out)), again.select(current.columns)])

    return Month(now.number, listed(now.households, before.households), listed(now.members, before.members))


def twice(written: pl.DataFrame) -> pl.DataFrame:
    """Repeat one row right below itself."""
    return pl.concat([written[: TWICE_ROW + 1], written[TWICE_ROW:]])


def as_text(written: pl.DataFrame) -> pl.DataFrame:
    """Write the top-up as text with thousands separators and 元: 1,301.00元."""
    fen = (written["entitlement_amount_yuan"] * 100).round().cast(pl.Int64)
    yuan = (fen // 100).cast(pl.String)
    grouped = yuan.str.replace(r"^(\d+)(\d{3})$", "$1,$2")
    return written.with_columns(entitlement_amount_yuan=grouped + "." + (fen % 100).cast(pl.String).str.zfill(2) + "元")


def in_ten_thousands(written: pl.DataFrame) -> pl.DataFrame:
    """Write the grants in 万元 where 元 is declared."""
    return written.with_columns(pl.col("grant_amount_yuan") / 10_000)


def spelled(written: pl.DataFrame, number: int, street: str) -> pl.DataFrame:
    """Write one village of the first street under another name, where the month has one."""
    if number not in SPELLINGS:
        return written
    _, name, _ = SPELLINGS[number]
    here = pl.int_range(pl.len()) == SPELLED_ROW
    return written.with_columns(
        residence_street_name=pl.when(here).then(pl.lit(street)).otherwise("residence_street_name"),
        residence_village_name=pl.when(here).then(pl.lit(name)).otherwise("residence_village_name"),
    )


def spelling_answer(district: District, delivery: Delivery, number: int) -> list[dict[str, Any]]:
    """Return the answer key of a month's odd village name, if it has one."""
    if number not in SPELLINGS:
        return []
    fault, name, stem = SPELLINGS[number]
    [place] = district.places(stem)
    outcomes = {"village_unresolved": "rejected", "village_near_miss": "near match"}
    return [
        row_answer(fault, outcomes.get(fault, "resolved"), delivery, number)
        | {
            "row_number": delivery.first_row + SPELLED_ROW,
            "street_name": district.street_name(0),
            "written": name,
            "area_code": district.names_at(number)["village_code"][place],
        }
    ]


def row_answer(fault: str, outcome: str, delivery: Delivery, number: int) -> dict[str, Any]:
    """Return the answer key of a fault of one file."""
    return {
        "fault": fault,
        "outcome": outcome,
        "extract": delivery.extract,
        "months": label(number),
        "file": delivery.file,
        "sheet": delivery.sheet,
    }


def paid_wrongly(life: Life, planted: Planted, payments: pl.DataFrame) -> list[dict[str, Any]]:
    """Return who was paid for months that began after a death or an imprisonment, and how much."""
    events = [
        ("paid_after_death", planted.late_deaths, "death_date"),
        ("paid_in_custody", planted.unknown_custody, "custody_start_date"),
    ]
    answers = []
    for fault, frame, name in events:
        for person, day in frame.select("person_id", name).iter_rows():
            after = (day.year - 1970) * 12 + day.month - 1
            paid = payments.filter(
                (pl.col("person_id") == person)
                & (pl.col("benefit_t") > after)
                & (pl.col("bank_result_code") == "success")
            )
            [known] = life.people.filter(pl.col("person_id") == person).to_dicts()
            answers.append(
                {
                    "fault": fault,
                    "outcome": "finding",
                    "extract": "payments",
                    "months": sorted({label(number) for number in paid["benefit_t"]}),
                    "household_no": paid["household_no"][0],
                    "person_name": known["person_name"],
                    "id_number": known["id_number"],
                    "event_date": day.isoformat(),
                    "paid_yuan": round(paid["paid_amount_yuan"].sum(), 2),
                }
            )
    return answers
