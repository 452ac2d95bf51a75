"""What other offices know: deaths, custody, residence, illness, grants, visits, reports, recoveries, funds."""

import numpy as np
import polars as pl

from flows.sample.district import OUTSIDE, STREETS, District, draw_places
from flows.sample.months import LAST, NEVER, days, month
from flows.sample.people import births_at_age, draw_names, make_people
from flows.sample.programmes import Life, Month

DEATHS_A_MONTH = 240
IN_CUSTODY = 70
REGISTRATIONS = 5000
GRANTS_A_MONTH = 40
HARDSHIP_HOUSEHOLDS, VISITS_A_MONTH = 1600, 200
REPORTS = 1000
RECOVERIES_A_QUARTER, RECOVERED_YUAN = 8, 638_000
PATIENTS_A_MONTH, OTHER_PATIENTS_A_MONTH = 900, 250
COVERAGE_YEAR, COVERAGE_RATE, CAP_YUAN = 2024, 0.9075, 10_000.0
# Three persons above the cap in 2024: 26 894.25 yuan in all. One more in the year after.
BACKSTOPS_YUAN = {2024: (11_482.30, 8_905.75, 6_506.20), 2025: (4_210.60,)}
FUND_SOURCES = {"central": 0.36, "provincial": 0.26, "municipal": 0.09, "district": 0.25, "street": 0.04}


def deaths(district: District, life: Life, late: pl.DataFrame, first: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return every death of the history: of the roster's people, and of everybody else.

    `late` are deaths the rosters do not know of: person_id and death_date.
    """
    count = int(rng.poisson(DEATHS_A_MONTH * (LAST - first + 1)))
    at = rng.integers(first, LAST + 1, size=count)
    people = make_people(rng, births_at_age(rng, np.clip(rng.normal(78, 12, count), 1, 104)), district.code, block=1)
    registered = district.population[:, 1:, :2].sum(axis=(1, 2))
    others = people.select("id_number", "person_name").with_columns(
        place=pl.Series(draw_places(district, registered, count, rng)),
        death_date=pl.Series(days(at, rng.integers(1, 29, size=count))),
    )
    known = _known_deaths(life)
    is_late = pl.col("person_id").is_in(late["person_id"].to_list())
    theirs = (
        pl.concat([known.filter(~is_late), late])
        .join(_whereabouts(life), on="person_id")
        .join(life.people, on="person_id")
    )
    return (
        pl.concat([others, theirs.select("id_number", "person_name", place="hukou", death_date="death_date")])
        .filter(pl.col("death_date").is_between(*_span(first)))
        .with_columns(registered_date=pl.col("death_date") + pl.duration(days=2))
        .sort("death_date", "id_number")
        .unique("id_number", keep="first", maintain_order=True)
    )


def _known_deaths(life: Life) -> pl.DataFrame:
    """Return the deaths the rosters know of; a household that ends by a death is a household of one."""
    died = pl.col("end_reason_code") == "death"
    heads = life.members.filter(pl.col("relation_code") == "head").select("person_id", "case_id")
    return pl.concat(
        [
            life.members.filter(died).select("person_id", death_date="end_date"),
            heads.join(life.cases.filter(died), on="case_id", maintain_order="left").select(
                "person_id", death_date="end_date"
            ),
        ]
    )


def _span(first: int) -> tuple[pl.Expr, pl.Expr]:
    start, end = days(first), days(LAST, 31)
    return pl.lit(start.item()), pl.lit(end.item())


def _whereabouts(life: Life) -> pl.DataFrame:
    return (
        life.members.unique("person_id", keep="first", maintain_order=True)
        .join(life.cases.select("case_id", "household_id"), on="case_id")
        .join(life.households.select("household_id", "hukou", "residence"), on="household_id")
        .select("person_id", "hukou", "residence")
        .sort("person_id")
    )


def custody(district: District, life: Life, known: pl.DataFrame, first: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return every stay in custody of the history; `known`: person_id and custody_start_date the rosters ignore."""
    count = IN_CUSTODY * 2
    people = make_people(rng, births_at_age(rng, rng.uniform(19, 62, count)), district.code, block=4)
    start = rng.integers(first - 30, LAST + 1, size=count)
    end = start + rng.geometric(0.04, count)
    others = people.select("id_number", "person_name").with_columns(
        custody_type_code=pl.Series(rng.choice(["sentence", "remand", "compulsory"], count, p=[0.75, 0.15, 0.10])),
        custody_start_date=pl.Series(days(start, rng.integers(1, 29, size=count))),
        custody_end_date=pl.Series(np.where(end <= LAST, days(end, 15), np.datetime64("NaT"))),
    )
    left = (
        life.members.filter(pl.col("relation_code") == "head")
        .join(life.cases.filter(pl.col("end_reason_code") == "custody").select("case_id", at="end_date"), on="case_id")
        .select("person_id", custody_start_date="at")
    )
    theirs = (
        pl.concat([left, known])
        .join(life.people, on="person_id")
        .select(
            "id_number",
            "person_name",
            "custody_start_date",
            custody_type_code=pl.lit("sentence"),
            custody_end_date=pl.lit(None, dtype=pl.Date),
        )
    )
    return pl.concat([others, theirs.select(others.columns)]).sort("custody_start_date", "id_number")


def custody_at(stays: pl.DataFrame, number: int) -> pl.DataFrame:
    """Return who was in custody in a month."""
    start, end = days(number).item(), days(number, 31).item()
    return stays.filter(
        (pl.col("custody_start_date") <= end)
        & (pl.col("custody_end_date").is_null() | (pl.col("custody_end_date") >= start))
    ).with_columns(custody_end_date=pl.when(pl.col("custody_end_date") <= end).then("custody_end_date"))


def registrations(district: District, first: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return residence registrations of the history with their first and last month, rosters apart."""
    count = int(REGISTRATIONS * (1 + 0.012 * (LAST - first + 1)))
    people = make_people(rng, births_at_age(rng, np.clip(rng.normal(38, 14, count), 1, 92)), district.code, block=2)
    incoming, away = district.population[:, :, 2].sum(axis=1), district.population[:, :, 1].sum(axis=1)
    kind = rng.choice(3, size=count, p=[0.55, 0.35, 0.10])  # from outside, between villages, to the outside
    here, there = draw_places(district, incoming, count, rng), draw_places(district, away, count, rng)
    start = LAST - rng.geometric(0.015, count)
    return people.select("id_number", "person_name").with_columns(
        hukou_place=pl.Series(np.where(kind == 0, OUTSIDE, there)),
        residence_place=pl.Series(np.where(kind == 2, OUTSIDE, here)),
        registered_date=pl.Series(days(start, rng.integers(1, 29, size=count))),
        has_residence_permit=pl.Series(rng.random(count) < 0.6),
        end_t=pl.Series(np.where(rng.random(count) < 0.2, start + rng.geometric(0.05, count), NEVER)),
    )


def registered_at(others: pl.DataFrame, now: Month) -> pl.DataFrame:
    """Return the registrations in force at the end of a month, those of the rosters' members included."""
    end = days(now.number, 31).item()
    apart = (pl.col("hukou_place") != pl.col("residence_place")) & (pl.col("residence_place") >= OUTSIDE)
    theirs = (
        now.members.filter(apart & (pl.col("status_code") != "ended"))
        .unique("person_id", keep="first", maintain_order=True)
        .select(
            "id_number",
            "person_name",
            "hukou_place",
            "residence_place",
            registered_date=pl.col("start_date") - pl.duration(days=200),
            has_residence_permit=pl.lit(False),
        )
    )
    return pl.concat(
        [others.filter((pl.col("registered_date") <= end) & (pl.col("end_t") > now.number)).drop("end_t"), theirs]
    ).sort("id_number")


def neighbours(district: District, rng: np.random.Generator) -> pl.DataFrame:
    """Return residents off the rosters who fall ill or ask for a grant: people with hukou and residence place."""
    count = 4000
    people = make_people(rng, births_at_age(rng, np.clip(rng.normal(48, 18, count), 1, 95)), district.code, block=3)
    hukou = draw_places(district, district.population[:, :, 0].sum(axis=1), count, rng)
    incoming = draw_places(district, district.population[:, :, 2].sum(axis=1), count, rng)
    is_incoming = rng.random(count) < 0.2
    return people.with_columns(
        hukou_place=pl.Series(np.where(is_incoming, OUTSIDE, hukou)),
        residence_place=pl.Series(np.where(is_incoming, incoming, hukou)),
    )


def grants(now: Month, others: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return the month's grants of temporary assistance, at most six standards each."""
    count = int(rng.poisson(GRANTS_A_MONTH))
    names = ["id_number", "person_name", "hukou_place", "residence_place"]
    recipients = now.members.filter(pl.col("is_covered") & (pl.col("residence_place") >= 0)).unique(
        "person_id", keep="first", maintain_order=True
    )
    pool = pl.concat([recipients.select(names), others.head(2500).select(names)])
    chosen = pool[rng.choice(len(pool), count, replace=False)]
    reasons = rng.choice(
        ["illness", "accident", "education", "unemployment", "other"], count, p=[0.5, 0.15, 0.15, 0.1, 0.1]
    )
    return chosen.with_columns(
        decision_date=pl.Series(days(np.full(count, now.number), rng.integers(1, 29, size=count))),
        grant_reason_code=pl.Series(reasons),
        grant_amount_yuan=pl.Series(np.clip(rng.lognormal(7.9, 0.5, count), 600, 7000).round(-2)),
    ).sort("decision_date", "id_number")


def hardship_households(district: District, first: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return households in hardship off the rosters, each with the month it is visited in."""
    count = HARDSHIP_HOUSEHOLDS
    need = district.population[:, :, 0].sum(axis=1) * np.array([street.need for street in STREETS])[district.street]
    return pl.DataFrame(
        {
            "household_no": "KN"
            + district.code
            + pl.Series(rng.permutation(900_000)[:count] + 100_000).cast(pl.String),
            "person_name": draw_names(rng, count),
            "place": draw_places(district, need, count, rng),
            "visit_t": rng.permutation(np.arange(count) % (LAST - first + 1)) + first,
        }
    )


def visits(now: Month, hardship: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return the month's visits, at most one a household: some of the rosters', and the turn of the others."""
    households = now.households.filter("is_covered").unique("household_no", keep="first", maintain_order=True)
    chosen = households[rng.choice(len(households), min(VISITS_A_MONTH, len(households)), replace=False)]
    place = pl.when(pl.col("residence_place") >= 0).then("residence_place").otherwise("hukou_place")
    rows = pl.concat(
        [
            chosen.select("household_no", "person_name", place=place),
            hardship.filter(pl.col("visit_t") == now.number).select("household_no", "person_name", "place"),
        ]
    )
    results = ["unchanged", "income_changed", "member_changed", "not_met", "other"]
    return rows.with_columns(
        visit_date=pl.Series(days(np.full(len(rows), now.number), rng.integers(1, 29, size=len(rows)))),
        visit_result_code=pl.Series(rng.choice(results, len(rows), p=[0.8, 0.07, 0.04, 0.05, 0.04])),
    ).sort("place", "visit_date", "household_no")


def verification_reports(now: Month, first: int, prefix: str, rng: np.random.Generator) -> pl.DataFrame:
    """Return the month's share of the reports of the online verification, 1000 over the whole history."""
    months, at = LAST - first + 1, now.number - first
    count = REPORTS // months + (at < REPORTS % months)
    pool = now.households.filter("is_covered")
    chosen = pool[rng.choice(len(pool), count, replace=False)]
    stamp = f"HD{prefix}{1970 + now.number // 12}{now.number % 12 + 1:02d}"
    return chosen.select("household_no", "person_name", "id_number").with_columns(
        report_no=pl.lit(stamp) + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(4),
        report_date=pl.Series(days(np.full(count, now.number), rng.integers(1, 29, size=count))),
        verification_result_code=pl.Series(
            rng.choice(["consistent", "inconsistent", "pending"], count, p=[0.88, 0.09, 0.03])
        ),
    )


def recoveries(life: Life, prefix: str, rng: np.random.Generator) -> pl.DataFrame:
    """Return the recoveries of the last six quarters; those of 低保 come to somewhat more than 600 000 yuan."""
    quarters = np.arange(LAST - 15, LAST + 1, 3)
    count = RECOVERIES_A_QUARTER * len(quarters)
    left = life.cases.filter(
        (pl.col("programme_code") == "dibao") & (pl.col("end_t") < NEVER) & (pl.col("end_reason_code") == "income")
    )
    debtors = (
        left[rng.choice(len(left), count, replace=False)]
        .join(life.households, on="household_id", maintain_order="left")
        .join(life.members.filter(pl.col("relation_code") == "head").select("case_id", "person_id"), on="case_id")
        .join(life.people, on="person_id", maintain_order="left")
    )
    due = rng.lognormal(9.4, 0.5, count)
    repaid = rng.choice([1.0, 0.5, 0.0], count, p=[0.8, 0.15, 0.05])
    # The sum is the report's "60余万元"; each amount keeps its own fen.
    due = (due * RECOVERED_YUAN / (due * repaid).sum()).round(2)
    recovered = (due * repaid).round(2)
    at = np.repeat(quarters, RECOVERIES_A_QUARTER)
    back = rng.integers(0, 3, size=count)
    rows = debtors.select("household_no", "person_name", "id_number").with_columns(
        quarter_t=pl.Series(at),
        recovery_no=pl.lit("ZJ" + prefix) + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(4),
        programme_code=pl.lit("dibao"),
        decision_date=pl.Series(days(at - back, rng.integers(1, 15, size=count))),
        recovery_reason_code=pl.Series(rng.choice(["income", "assets", "other"], count, p=[0.7, 0.2, 0.1])),
        due_amount_yuan=pl.Series(due),
        recovered_amount_yuan=pl.Series(recovered),
    )
    paid = pl.col("recovered_amount_yuan") > 0
    return rows.with_columns(recovered_date=pl.when(paid).then(pl.col("decision_date") + pl.duration(days=10)))


def funds(district: District, payments: pl.DataFrame, given: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return what was disbursed in a month: one row per street, programme and source, yuan."""
    streets = pl.DataFrame({"street": np.arange(len(STREETS))})
    paid = (
        payments.select("programme_code", yuan="paid_amount_yuan", street=_street(district, payments["hukou_place"]))
        .group_by("street", "programme_code")
        .agg(_sum_of_fen("yuan"))
    )
    granted = (
        given.select(yuan="grant_amount_yuan", street=_street(district, given["residence_place"]))
        .group_by("street")
        .agg(_sum_of_fen("yuan"))
        .with_columns(programme_code=pl.lit("temporary"))
    )
    spent = pl.concat([paid, granted.select("street", "programme_code", "yuan")])
    programmes = pl.DataFrame({"programme_code": ["dibao", "tekun", "temporary", "medical"]})
    rows = streets.join(programmes, how="cross").join(
        spent, on=["street", "programme_code"], how="left", maintain_order="left"
    )
    persons = district.population[:, :, :2].sum(axis=(1, 2))
    medical = np.bincount(district.street, weights=persons)[rows["street"].to_numpy()] * 4.2
    yuan = np.where(rows["programme_code"] == "medical", medical, rows["yuan"].fill_null(0)) * 1.01
    donated = np.array([street.donation_share for street in STREETS])[rows["street"].to_numpy()]
    shares = {source: share * (1 - donated) for source, share in FUND_SOURCES.items()}
    shares |= {"donation": donated * 0.8, "other": donated * 0.2}
    parts = [
        rows.select("street", "programme_code").with_columns(
            fund_source_code=pl.lit(source),
            fund_amount_yuan=pl.Series((yuan * share * rng.normal(1, 0.01, len(rows))).round(0)),
        )
        for source, share in shares.items()
    ]
    return pl.concat(parts).filter(pl.col("fund_amount_yuan") > 0).sort("street", "programme_code", maintain_order=True)


def _sum_of_fen(name: str) -> pl.Expr:
    # Whole fen add up to the same sum in any order of the threads.
    return ((pl.col(name) * 100).round().cast(pl.Int64).sum() / 100).alias(name)


def _street(district: District, places: pl.Series) -> pl.Series:
    return pl.Series(district.street[np.maximum(places.to_numpy(), 0)])


def settlements(
    life: Life, others: pl.DataFrame, first: int, avoid: list[int], prefix: str, rng: np.random.Generator
) -> pl.DataFrame:
    """Return the medical settlements of the history.

    In 2024 the three persons above the cap are made whole, and what is paid of the in-scope expense of the
    rosters' people comes to 90.75 %. `avoid` are persons whose identity a fault makes doubtful.
    """
    parts = [_patients(life, others, number, avoid, rng) for number in range(first, LAST + 1)]
    rows, above_cap = _above_cap(pl.concat(parts))
    count = len(rows)
    service = days(rows["t"].to_numpy(), rng.integers(1, 29, size=count))
    settled = np.minimum(service + rng.integers(0, 21, size=count), days(LAST, 31))
    in_scope = np.clip(rng.lognormal(6.7, 1.0, count), 40, 26_000)
    total = in_scope * rng.uniform(1.03, 1.18, count)
    is_poor = rows["is_counted"].to_numpy()
    basic = in_scope * rng.uniform(0.58, 0.70, count)
    serious = np.where(in_scope > 12_000, (in_scope - 12_000) * 0.25, 0)
    left = in_scope - basic - serious
    assistance = np.where(is_poor, left * rng.uniform(0.62, 0.74, count), 0)
    other = np.where(is_poor, left * 0.02, 0)
    cents = {
        name: (100 * value).round().astype(np.int64)
        for name, value in [
            ("total", total),
            ("in_scope", in_scope),
            ("basic", basic),
            ("serious_illness", serious),
            ("medical_assistance", assistance),
            ("other", other),
        ]
    }
    cents["backstop"] = np.zeros(count, dtype=np.int64)
    for at, yuan in above_cap.items():
        _pay_backstop(cents, at, yuan)
    in_year = is_poor & (service >= np.datetime64("2024-01-01")) & (service <= np.datetime64("2024-12-31"))
    _make_whole(cents, in_year)
    cents["self_paid"] = cents["in_scope"] - sum(
        cents[name] for name in ("basic", "serious_illness", "medical_assistance", "other")
    )
    order = ["total", "in_scope", "basic", "serious_illness", "medical_assistance", "other", "self_paid", "backstop"]
    amounts = {f"{name}_amount_yuan": pl.Series(cents[name]) / 100 for name in order}
    return (
        rows.with_columns(service_date=pl.Series(service), settlement_date=pl.Series(settled), **amounts)
        .sort("settlement_date", "id_number", maintain_order=True)
        .with_columns(
            settlement_no=pl.lit("YB" + prefix) + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(8),
            report_month=pl.col("settlement_date").dt.truncate("1mo"),
        )
    )


def _patients(
    life: Life, others: pl.DataFrame, number: int, avoid: list[int], rng: np.random.Generator
) -> pl.DataFrame:
    # Patients are on a roster throughout the month and the one before, or throughout neither: whoever comes or
    # goes in between is judged by the day, and the report's figure must not hang on that reading.
    cases = life.cases.filter(~((pl.col("suspended_t") <= number) & (number <= pl.col("resumed_t"))))
    spells = (
        life.members.filter("is_enrolled")
        .join(
            cases.select("case_id", "programme_code", case_start="start_t", case_end="end_t"),
            on="case_id",
            maintain_order="left",
        )
        .with_columns(from_t=pl.max_horizontal("start_t", "case_start"), until_t=pl.min_horizontal("end_t", "case_end"))
        .filter(~pl.col("person_id").is_in(avoid))
    )
    throughout = spells.filter((pl.col("from_t") < number) & (pl.col("until_t") > number)).unique(
        "person_id", keep="first", maintain_order=True
    )
    touched = spells.filter((pl.col("from_t") <= number + 1) & (pl.col("until_t") >= number - 1))["person_id"]
    never = [*touched, *avoid, *_known_deaths(life)["person_id"]]
    apart = life.people.filter(~pl.col("person_id").is_in(never))
    names = ["person_id", "id_number", "person_name", "relation_code", "patient_type_code", "is_counted"]
    chosen = [
        throughout[rng.integers(len(throughout), size=PATIENTS_A_MONTH)]
        .select("person_id", "relation_code", patient_type_code="programme_code", is_counted=pl.lit(True))
        .join(life.people, on="person_id", maintain_order="left"),
        apart[rng.integers(len(apart), size=40)],
        others[rng.integers(2500, len(others), size=OTHER_PATIENTS_A_MONTH)],
    ]
    general = {"relation_code": pl.lit(""), "patient_type_code": pl.lit("general"), "is_counted": pl.lit(False)}
    return pl.concat(
        [chosen[0].select(names), *(part.with_columns(**general).select(names) for part in chosen[1:])]
    ).with_columns(t=pl.lit(number, dtype=pl.Int64))


def _above_cap(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[int, float]]:
    """Choose heads of household for the backstop; the settlement above the cap is their only one of the year."""
    chosen: dict[int, float] = {}
    other_ones = []
    for year, amounts in BACKSTOPS_YUAN.items():
        heads = (
            rows.with_row_index()
            .filter(
                pl.col("is_counted")
                & (pl.col("relation_code") == "head")
                & pl.col("t").is_between(month(year, 2), month(year, 5))
            )
            .unique("person_id", keep="first", maintain_order=True)
            .gather_every(97)
            .head(len(amounts))
        )
        chosen |= dict(zip(heads["index"].to_list(), amounts, strict=True))
        theirs = pl.col("person_id").is_in(heads["person_id"].to_list()) & (pl.col("t") // 12 == year - 1970)
        other_ones += rows.with_row_index().filter(theirs & ~pl.col("index").is_in(list(chosen)))["index"].to_list()
    kept = rows.with_row_index().filter(~pl.col("index").is_in(other_ones))
    place = {index: at for at, index in enumerate(kept["index"])}
    return kept.drop("index"), {place[index]: yuan for index, yuan in chosen.items()}


def _pay_backstop(cents: dict[str, np.ndarray], at: int, yuan: float) -> None:
    cents["backstop"][at] = round(100 * yuan)
    cents["basic"][at], cents["serious_illness"][at] = 10_800_000, 3_500_000
    cents["medical_assistance"][at], cents["other"][at] = 1_400_000, 150_000
    paid = sum(int(cents[name][at]) for name in ("basic", "serious_illness", "medical_assistance", "other"))
    cents["in_scope"][at] = paid + round(100 * CAP_YUAN) + cents["backstop"][at]
    cents["total"][at] = round(cents["in_scope"][at] * 1.1)


def _make_whole(cents: dict[str, np.ndarray], in_year: np.ndarray) -> None:
    # What is missing to the rate goes into medical assistance, each row by what its patient has left to pay.
    names = ("basic", "serious_illness", "medical_assistance", "other", "backstop")
    paid = sum(int(cents[name][in_year].sum()) for name in names)
    missing = round(COVERAGE_RATE * int(cents["in_scope"][in_year].sum())) - paid
    left = cents["in_scope"] - sum(cents[name] for name in names[:4])
    left = np.where(in_year & (cents["backstop"] == 0), left, 0)
    shift = (left * (missing / left.sum())).round().astype(np.int64)
    shift[int(np.argmax(left))] += missing - int(shift.sum())
    cents["medical_assistance"] += shift
