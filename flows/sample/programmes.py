"""Who is on the 低保, 低边 and 特困 rosters, month by month, and what they are paid.

A *case* is one spell of a household on a programme; *members* belong to cases. The last month is drawn
first, with exactly the households and persons of the survey report, and the months before follow from it:
those who left since are added, those who came since are absent before they came.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.sample.district import OUTSIDE, STREETS, UNREPORTED, District, draw_places
from flows.sample.months import LAST, NEVER, Numbers, days, month, month_of
from flows.sample.people import births_at_age, make_people

# Enrolled persons of the households that are covered at the end: {persons: households}.
DIBAO = {1: 1500, 2: 180, 3: 45, 4: 14}  # 1739 households, 2051 persons
DIBIAN = {2: 24, 3: 20, 4: 15, 5: 3}  # 62 households, 183 persons
TEKUN = {1: 22}
SINGLES = 14  # of the 1739: one person of a 低边 household enrolled alone (单人保)

# Share of the cases that end in a month, and why.
HAZARD = {"dibao": 0.0112, "dibian": 0.02, "tekun": 0.02}
END_REASONS = ("income", "death", "moved", "voluntary", "custody", "other")
END_SHARES = {
    "dibao": (0.45, 0.27, 0.08, 0.13, 0.02, 0.05),
    "dibian": (0.75, 0.0, 0.1, 0.15, 0.0, 0.0),
    "tekun": (0.0, 1.0, 0.0, 0.0, 0.0, 0.0),
}
RETURNED, JOINED_LATER, LEFT_ALONE, CHANGED_HOUSEHOLD = 25, 0.25, 48, 8
SUSPENDED_AT_END, SUSPENDED_BEFORE = 4, 10

# Yuan a person and month from the first day of a month (the report: 1041 → 1301, 1837 → 2255).
STANDARDS = {
    "dibao": ((2020, 12, 1041), (2021, 7, 1078), (2022, 7, 1129), (2023, 7, 1180), (2024, 7, 1242), (2025, 5, 1301)),
    "tekun": ((2020, 12, 1837), (2021, 7, 1902), (2022, 7, 1990), (2023, 7, 2080), (2024, 7, 2168), (2025, 5, 2255)),
}
SINGLE_INCOME_YUAN = 300.0
CARE_FEES = np.array([220.0, 660.0, 1100.0])
PRICE_SUBSIDY_YUAN, PRICE_SUBSIDY_MONTHS = 40.0, (1, 2)


@dataclass(frozen=True)
class Life:
    """The whole history of the rosters, as tables that a month is cut from."""

    people: pl.DataFrame
    households: pl.DataFrame
    cases: pl.DataFrame
    members: pl.DataFrame


@dataclass(frozen=True)
class Month:
    """The true rosters of one month; what an office writes of them is another matter."""

    number: int
    households: pl.DataFrame
    members: pl.DataFrame


def standard(programme: str, numbers: Numbers | int) -> np.ndarray:
    """Return the standard in force in these months, yuan a person and month."""
    starts = [month(year, of_year) for year, of_year, _ in STANDARDS[programme]]
    amounts = np.array([float(amount) for _, _, amount in STANDARDS[programme]])
    return amounts[np.maximum(np.searchsorted(starts, numbers, side="right") - 1, 0)]


def live(district: District, first: int, rng: np.random.Generator) -> Life:
    """Draw the history of the rosters from `first` to the report's month."""
    cases = _cases(first, rng)
    households, cases = _households(district, cases, rng)
    members = _members(cases, first, rng)
    births = _births(cases, members, rng)
    people = make_people(rng, births, district.code, block=0)
    members = _not_before_birth(members, people)
    cases, members = _earlier_spells(cases, members, first, rng)
    cases, members = _single_persons(cases, members)
    order = ["case_id", "position"]
    return Life(people, households, cases.drop("size", "extra"), members.sort(order))


def _sizes(counts: dict[int, int]) -> Numbers:
    return np.repeat(list(counts), list(counts.values())).astype(np.int64)


def _cases(first: int, rng: np.random.Generator) -> pl.DataFrame:
    parts = []
    for programme, counts in (("dibao", DIBAO), ("dibian", DIBIAN), ("tekun", TEKUN)):
        if programme == "dibao":
            counts = counts | {1: counts[1] - SINGLES}
        sizes = rng.permutation(_sizes(counts))
        if programme == "dibao":
            sizes = np.r_[sizes, np.ones(SUSPENDED_AT_END, dtype=np.int64)]
        hazard = HAZARD[programme]
        left = rng.poisson(hazard * len(sizes) * (LAST - first + 1))
        end = rng.integers(first, LAST + 1, size=left)
        start = np.r_[LAST + 1 - rng.geometric(hazard, len(sizes)), end - rng.geometric(hazard, left)]
        count = len(sizes) + left
        all_sizes = np.r_[sizes, rng.choice(sizes, left)]
        reason = rng.choice(END_REASONS, size=left, p=END_SHARES[programme])
        # Only a household of one ends with its person's death or imprisonment.
        alone = np.isin(reason, ["death", "custody"]) & (all_sizes[len(sizes) :] > 1)
        reason = np.where(alone, "income", reason)
        day = np.where(np.isin(reason, ["income", "other"]), 31, rng.integers(1, 29, size=left))
        is_long = end - start[len(sizes) :] > 6
        grace = np.where((reason == "income") & is_long & (rng.random(left) < 0.3), end - 3, NEVER)
        parts.append(
            pl.DataFrame(
                {
                    "programme_code": np.repeat(programme, count),
                    "size": all_sizes,
                    "extra": np.zeros(count, dtype=np.int64)
                    if programme == "tekun"
                    else rng.choice(4, size=count, p=[0.68, 0.17, 0.10, 0.05]),
                    "start_t": np.maximum(start, month(2008, 1)),
                    "end_t": np.r_[np.full(len(sizes), NEVER), end],
                    "end_date": np.r_[np.full(len(sizes), np.datetime64("NaT")), days(end, day)],
                    "end_reason_code": pl.Series([None] * len(sizes) + reason.tolist(), dtype=pl.String),
                    "grace_t": np.r_[np.full(len(sizes), NEVER), grace],
                    "is_suspended_at_end": (np.arange(count) >= len(sizes) - SUSPENDED_AT_END)
                    & (np.arange(count) < len(sizes))
                    & (programme == "dibao"),
                }
            )
        )
    cases = pl.concat(parts)
    at_end = cases["is_suspended_at_end"].to_numpy()
    start = np.where(at_end, np.minimum(cases["start_t"], LAST - 6), cases["start_t"])
    stays = ((cases["programme_code"] == "dibao") & (cases["end_t"] == NEVER)).to_numpy()
    paused = rng.choice(np.flatnonzero(stays & (start < first) & ~at_end), SUSPENDED_BEFORE, replace=False)
    suspended = np.where(at_end, LAST - 1, NEVER)
    suspended[paused] = rng.integers(first + 1, LAST - 3, size=SUSPENDED_BEFORE)
    return cases.with_columns(
        start_t=pl.Series(start),
        suspended_t=pl.Series(suspended),
        resumed_t=pl.Series(np.where(at_end, NEVER, suspended + 2)),
        is_single_person=pl.lit(False),
        case_id=pl.int_range(pl.len(), dtype=pl.Int64),
    ).drop("is_suspended_at_end")


def _households(district: District, cases: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    count = len(cases)
    registered = district.population[:, :, :2].sum(axis=(1, 2))
    need = np.array([street.need for street in STREETS])[district.street]
    # Villages of a street differ in need as well, beyond chance.
    hukou = draw_places(district, registered * need * rng.lognormal(0, 0.25, len(need)), count, rng)
    hukou_later = draw_places(district, registered, count, rng)
    same_street = np.array([rng.choice(np.flatnonzero(district.street == street)) for street in district.street[hukou]])
    present = district.population[:, :, [0, 2]].sum(axis=(1, 2))
    elsewhere = draw_places(district, present, count, rng)
    kind = rng.choice(5, size=count, p=[0.80, 0.10, 0.065, 0.03, 0.005])
    outside = np.full(count, OUTSIDE)
    residence = np.choose(kind, [hukou, same_street, elsewhere, outside, np.full(count, UNREPORTED)])
    span = LAST - 17
    moves_hukou = rng.random(count) < 0.02
    moves_residence = rng.random(count) < 0.06
    # The share of the standard that a household earns; whoever is above it is 低边.
    earned = np.where(rng.random(count) < 0.2, 0.0, rng.uniform(0.05, 0.75, count))
    programme = cases["programme_code"]
    earned = np.where(programme == "dibian", rng.uniform(1.02, 1.45, count), np.where(programme == "tekun", 0, earned))
    serial = pl.Series(rng.permutation(900_000)[:count] + 100_000).cast(pl.String)
    households = pl.DataFrame(
        {
            "household_id": np.arange(count),
            "household_no": "JT" + district.code + serial,
            "account_no": "62" + district.code + pl.Series(rng.integers(10**10, 10**11, size=count)).cast(pl.String),
            "phone": "19900" + pl.Series(rng.integers(10**5, 10**6, size=count)).cast(pl.String),
            "door": pl.Series(rng.integers(1, 180, size=count)).cast(pl.String) + "号",
            "hukou": hukou,
            "hukou_later": hukou_later,
            "hukou_t": np.where(moves_hukou, rng.integers(span + 1, LAST, size=count), NEVER),
            "residence": residence,
            "residence_later": elsewhere,
            "residence_t": np.where(moves_residence, rng.integers(span + 1, LAST, size=count), NEVER),
            "income_per_head": (earned * 1180).round(),
            "has_supplement": (rng.random(count) < 0.08) & (programme == "dibao").to_numpy(),
            "care_level": rng.integers(0, 3, size=count),
        }
    )
    return households, cases.with_columns(household_id=pl.col("case_id"))


def _members(cases: pl.DataFrame, first: int, rng: np.random.Generator) -> pl.DataFrame:
    size, extra = cases["size"].to_numpy(), cases["extra"].to_numpy().copy()
    # Every household that will hold a 单人保 person needs one who is not enrolled in 低边.
    holders = _single_holders(cases)
    extra[holders] = np.maximum(extra[holders], 1)
    heads = size + extra
    case = np.repeat(np.arange(len(cases)), heads)
    position = np.arange(len(case)) - np.repeat(np.cumsum(heads) - heads, heads)
    second = np.where(rng.random(len(case)) < 0.55, "spouse", "child")
    start, end = cases["start_t"].to_numpy()[case], np.full(len(case), NEVER)
    settled = ((cases["programme_code"] == "dibao") & (cases["end_t"] == NEVER) & (cases["start_t"] < first)).to_numpy()
    is_enrolled = position < size[case]
    later = settled[case] & is_enrolled & (position > 0) & (rng.random(len(case)) < JOINED_LATER)
    start = np.where(later, rng.integers(first + 1, LAST + 1, size=len(case)), start)
    members = pl.DataFrame(
        {
            "case_id": case,
            "position": position,
            "person_id": np.arange(len(case)),
            "relation_code": np.select([position == 0, position == 1], ["head", second], "child"),
            "is_enrolled": is_enrolled,
            "start_t": start,
            "end_t": end,
            "end_date": np.full(len(case), np.datetime64("NaT", "D")),
            "end_reason_code": pl.Series([None] * len(case), dtype=pl.String),
        }
    )
    # Some of those who left moved into another household of the roster, on the day they left theirs.
    movers = np.flatnonzero(later)[:CHANGED_HOUSEHOLD]
    left_from = np.setdiff1d(np.flatnonzero(settled), case[movers])
    chosen = rng.choice(left_from, LEFT_ALONE + CHANGED_HOUSEHOLD, replace=False)
    left_t = rng.integers(first + 1, LAST + 1, size=len(chosen))
    reason = rng.choice(["death", "moved", "other"], size=len(chosen), p=[0.6, 0.25, 0.15])
    left_date = days(left_t, rng.integers(1, 29, size=len(chosen)))
    person = len(case) + np.arange(len(chosen))
    person[-CHANGED_HOUSEHOLD:] = movers
    left_t[-CHANGED_HOUSEHOLD:] = start[movers]
    left_date[-CHANGED_HOUSEHOLD:] = days(start[movers])
    reason[-CHANGED_HOUSEHOLD:] = "other"
    left = pl.DataFrame(
        {
            "case_id": chosen,
            "position": np.full(len(chosen), 20),
            "person_id": person,
            "relation_code": np.repeat("other", len(chosen)),
            "is_enrolled": np.repeat(True, len(chosen)),
            "start_t": cases["start_t"].to_numpy()[chosen],
            "end_t": left_t,
            "end_date": left_date,
            "end_reason_code": reason,
        }
    )
    return pl.concat([members, left])


def _single_holders(cases: pl.DataFrame) -> Numbers:
    is_holder = (cases["programme_code"] == "dibian") & (cases["end_t"] == NEVER)
    return np.flatnonzero(is_holder.to_numpy())[:SINGLES]


def _births(cases: pl.DataFrame, members: pl.DataFrame, rng: np.random.Generator) -> np.ndarray:
    # One birth a person; a person of two households is of the first one's age.
    one = members.unique("person_id", keep="first", maintain_order=True).sort("person_id")
    head = np.clip(rng.normal(60, 15, len(cases)), 32, 93)
    head = np.where(cases["programme_code"] == "tekun", np.clip(head + 12, 66, 93), head)
    head_age = head[one["case_id"].to_numpy()]
    relation = one["relation_code"].to_numpy()
    age = np.select(
        [relation == "head", relation == "spouse", relation == "child"],
        [head_age, np.clip(head_age + rng.normal(-1, 4, len(one)), 25, 95), np.clip(head_age - 29, 3, 60)],
        np.clip(head_age + 22, 60, 96),
    )
    return births_at_age(rng, age)


def _not_before_birth(members: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    born = month_of(people["birth_date"].to_numpy())[members["person_id"].to_numpy()]
    return members.with_columns(start_t=pl.max_horizontal("start_t", pl.Series(born) + 1))


def _earlier_spells(
    cases: pl.DataFrame, members: pl.DataFrame, first: int, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give some who came within the history an earlier spell: on the same programme, or on another."""
    came = cases.filter((pl.col("end_t") == NEVER) & (pl.col("start_t") > first + 6))
    takes = [
        ("dibao", "dibao", RETURNED),
        ("dibian", "dibao", 4),
        ("tekun", "dibao", 2),
        ("dibao", "dibian", 3),
    ]
    used: list[int] = _single_holders(cases).tolist()
    for programme, before, count in takes:
        wanted = pl.col("programme_code") == programme
        if (programme, before) == ("dibao", "dibian"):
            wanted = wanted & (pl.col("size") > 1)
        chosen = came.filter(wanted & ~pl.col("case_id").is_in(used)).head(count)
        used += chosen["case_id"].to_list()
        returns = programme == before
        gap = rng.integers(3, 7, size=len(chosen)) * int(returns)
        end: Numbers = chosen["start_t"].to_numpy() - gap
        earlier = chosen.with_columns(
            programme_code=pl.lit(before),
            start_t=pl.Series(end - 5 - rng.geometric(0.03, len(chosen))),
            end_t=pl.Series(end),
            end_date=pl.Series(days(end, 31 if returns else 1)),
            end_reason_code=pl.lit("income" if returns else "transferred"),
            case_id=pl.int_range(pl.len(), dtype=pl.Int64) + len(cases),
        )
        cases = pl.concat([cases, earlier])
        copied = members.join(
            chosen.select("case_id", came_t="start_t", new_id=earlier["case_id"], from_t=earlier["start_t"]),
            on="case_id",
        ).filter(pl.col("start_t") == pl.col("came_t"))
        members = pl.concat(
            [
                members,
                copied.with_columns(case_id=pl.col("new_id"), start_t=pl.col("from_t")).select(members.columns),
            ]
        )
    return cases, members


def _single_persons(cases: pl.DataFrame, members: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Enrol one co-living member of some 低边 households alone in 低保."""
    holders = cases.filter(pl.col("case_id").is_in(_single_holders(cases).tolist()))
    new = holders.with_columns(
        programme_code=pl.lit("dibao"),
        is_single_person=pl.lit(True),
        case_id=pl.int_range(pl.len(), dtype=pl.Int64) + len(cases),
    )
    copied = members.join(
        holders.select("case_id", "size", new_id=new["case_id"], case_start="start_t"), on="case_id"
    ).with_columns(case_id=pl.col("new_id"), is_enrolled=pl.col("position") == pl.col("size"))
    return pl.concat([cases, new]), pl.concat([members, copied.select(members.columns)])


def month_of_life(life: Life, number: int) -> Month:
    """Cut the true rosters of one month out of the history, those that left during it included."""
    is_ended = pl.col("end_t") == number
    is_suspended = (pl.col("suspended_t") <= number) & (number < pl.col("resumed_t"))
    cases = (
        life.cases.filter((pl.col("start_t") <= number) & (number <= pl.col("end_t")))
        .join(life.households, on="household_id", maintain_order="left")
        .with_columns(
            status_code=pl.when(is_ended)
            .then(pl.lit("ended"))
            .when(is_suspended)
            .then(pl.lit("suspended"))
            .when(pl.col("grace_t") <= number)
            .then(pl.lit("grace"))
            .otherwise(pl.lit("active")),
            hukou_place=pl.when(pl.col("hukou_t") <= number).then("hukou_later").otherwise("hukou"),
            residence_place=pl.when(pl.col("residence_t") <= number).then("residence_later").otherwise("residence"),
            is_case_ended=is_ended,
        )
    )
    # Some spouses are registered outside the district: they live here and are not enrolled.
    from_elsewhere = (pl.col("relation_code") == "spouse") & ~pl.col("is_enrolled") & (pl.col("person_id") % 8 == 0)
    members = (
        life.members.filter((pl.col("start_t") <= number) & (number <= pl.col("end_t")))
        .join(
            cases.select(
                "case_id",
                "household_id",
                "household_no",
                "programme_code",
                "hukou_place",
                "residence_place",
                "is_case_ended",
                case_status="status_code",
                case_end_date="end_date",
                case_end_reason="end_reason_code",
            ),
            on="case_id",
            maintain_order="left",
        )
        .join(life.people, on="person_id", maintain_order="left")
        .with_columns(
            leaves=pl.col("end_t") == number,
            hukou_place=pl.when(from_elsewhere).then(pl.lit(OUTSIDE, dtype=pl.Int64)).otherwise("hukou_place"),
        )
    )
    members = members.with_columns(
        status_code=pl.when("leaves").then(pl.lit("ended")).otherwise("case_status"),
        end_date=pl.when("leaves").then("end_date").when("is_case_ended").then("case_end_date"),
        end_reason_code=pl.when("leaves").then("end_reason_code").when("is_case_ended").then("case_end_reason"),
        start_date=first_days("start_t"),
    ).with_columns(
        is_covered=pl.col("is_enrolled") & pl.col("status_code").is_in(["active", "grace"]),
    )
    counts = members.group_by("case_id").agg(
        member_count=(~pl.col("leaves")).sum(),
        enrolled_count=(pl.col("is_enrolled") & ~pl.col("leaves")).sum(),
    )
    head = members.filter(pl.col("relation_code") == "head").select("case_id", "person_id", "person_name", "id_number")
    households = (
        cases.join(counts, on="case_id", maintain_order="left")
        .join(head, on="case_id", maintain_order="left")
        .with_columns(
            start_date=first_days("start_t"),
            end_date=pl.when("is_case_ended").then("end_date"),
            end_reason_code=pl.when("is_case_ended").then("end_reason_code"),
            is_covered=pl.col("status_code").is_in(["active", "grace"]),
        )
    )
    return Month(number, _with_entitlement(households, number), members)


def first_days(column: str) -> pl.Expr:
    """Return the first days of months held as numbers."""
    return pl.date(1970 + pl.col(column) // 12, pl.col(column) % 12 + 1, 1)


def _with_entitlement(households: pl.DataFrame, number: int) -> pl.DataFrame:
    # In the grace period the top-up stays what it was before it.
    basis = np.where(households["grace_t"] <= number, households["grace_t"] - 1, number)
    programme = households["programme_code"].to_numpy()
    enrolled = households["enrolled_count"].to_numpy()
    growth = 1 + 0.04 * (basis // 12 - 54)
    # A 单人保 person's own income counts, not that of the 低边 household.
    # Whoever changed between 低保 and 低边 earned less on the one and more on the other.
    per_head = households["income_per_head"].to_numpy()
    per_head = np.select(
        [programme == "dibao", programme == "dibian"], [np.minimum(per_head, 900), np.maximum(per_head, 1200)], per_head
    )
    own = np.where(households["is_single_person"], SINGLE_INCOME_YUAN, per_head)
    income = (own * growth * enrolled).round()
    dibao = np.maximum(standard("dibao", basis) * enrolled - income, 0)
    amount = np.select(
        [programme == "dibao", programme == "tekun"], [dibao, standard("tekun", basis) * enrolled], np.nan
    )
    return households.with_columns(
        household_income_yuan=pl.Series(income),
        entitlement_amount_yuan=pl.Series(amount).fill_nan(None),
    )


def pay(
    now: Month, again: pl.DataFrame | None, prefix: str, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the payments made in a month (failed ones of the month before repeated), and those that failed."""
    paid = now.households.filter(pl.col("is_covered") & pl.col("programme_code").is_in(["dibao", "tekun"]))
    standard_yuan = float(standard("dibao", now.number))
    fee = pl.Series(CARE_FEES[paid["care_level"].to_numpy()])
    components = [
        paid.with_columns(component_code=pl.lit("basic"), paid_amount_yuan=pl.col("entitlement_amount_yuan")),
        paid.filter("has_supplement").with_columns(
            component_code=pl.lit("supplement"), paid_amount_yuan=pl.lit(round(0.2 * standard_yuan, 2))
        ),
        paid.with_columns(component_code=pl.lit("care_fee"), paid_amount_yuan=fee).filter(
            pl.col("programme_code") == "tekun"
        ),
    ]
    if now.number % 12 + 1 in PRICE_SUBSIDY_MONTHS:
        components.append(
            paid.with_columns(
                component_code=pl.lit("price_subsidy"),
                paid_amount_yuan=PRICE_SUBSIDY_YUAN * pl.col("enrolled_count").cast(pl.Float64),
            )
        )
    names = ["household_id", "household_no", "person_id", "person_name", "id_number", "account_no", "programme_code",
             "component_code", "paid_amount_yuan", "hukou_place"]  # fmt: skip
    rows = pl.concat([part.select(names) for part in components]).filter(pl.col("paid_amount_yuan") > 0)
    chance = rng.random(len(rows))
    rows = rows.with_columns(
        benefit_t=pl.lit(now.number, dtype=pl.Int64),
        payment_date=pl.Series(days(np.full(len(rows), now.number), 25)),
        bank_result_code=pl.Series(np.select([chance < 0.004, chance < 0.006], ["failed", "returned"], "success")),
    )
    failed = rows.filter(pl.col("bank_result_code") != "success")
    if again is not None:
        reissued = again.with_columns(
            payment_date=pl.Series(days(np.full(len(again), now.number), 10)), bank_result_code=pl.lit("success")
        )
        rows = pl.concat([reissued, rows])
    serial = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(6)
    stamp = f"FF{prefix}{1970 + now.number // 12}{now.number % 12 + 1:02d}"
    return rows.with_columns(payment_no=pl.lit(stamp) + serial), failed
