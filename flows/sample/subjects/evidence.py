"""Who proves what: the income that households declare once a year, who vouches for it, and what they dispute.

What a bank or the social insurance says is verified nearly always, what people say themselves hardly ever.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, NEVER, Numbers, days, label
from flows.sample.offices import Habit
from flows.sample.programmes import month_of_life

if TYPE_CHECKING:
    from flows.sample.subjects import World

ITEMS = Habit(
    "申报收入核实{month}.csv", dates="20250630", encoding="gb18030", line_end="\r\n", changed=LAST - 9, words=1
)
DISPUTES = Habit(
    "收入认定异议登记{label}.xlsx",
    dates="serial number",
    above=("{district}民政局收入认定异议登记簿", "{label}"),
    footer=(("制表人:言若木",),),
    changed=LAST - 4,
)
PLACES = {"hukou_place": "hukou_", "residence_place": "residence_"}
NAMES = ["household_no", "person_name", "id_number", "programme_code", "hukou_place", "residence_place"]
TYPES, TYPE_SHARES = ("wage", "business", "property", "transfer", "support"), (0.35, 0.15, 0.05, 0.3, 0.15)
SOURCES, SOURCE_SHARES = ("self", "employer", "village", "bank", "insurance"), (0.35, 0.15, 0.15, 0.2, 0.15)
VERIFIED = {"self": 0.25, "employer": 0.7, "village": 0.5, "bank": 0.95, "insurance": 0.98}
# In some months the bank knows of three times what somebody declared.
CONTRADICTED_MONTHS, CONTRADICTED_TIMES = (LAST - 9, LAST - 6, LAST - 3), 3.0
DISPUTED_SHARE = 0.05
OUTCOMES, OUTCOME_SHARES = ("upheld", "rejected", "withdrawn", ""), (0.35, 0.4, 0.15, 0.1)


def send(world: "World") -> list[dict[str, Any]]:
    """Send every month's declarations, and the register of disputes: lodged in it, or closed in it."""
    items = pl.concat([_items(world, number) for number in range(world.first, LAST + 1)])
    disputes = _disputes(world, items)
    for number in range(world.first, LAST + 1):
        rows = world.placed(items.filter(pl.col("t") == number), world.district.names_at(number), PLACES)
        world.send("income_items", rows.sort("declared_date", "item_no"), number, habit=ITEMS)
        known = pl.col("closed_t") <= number
        mine = disputes.filter((pl.col("t") == number) | ((pl.col("closed_t") == number) & (pl.col("t") < number)))
        told = mine.with_columns(
            closed_date=pl.when(known).then("closed_date"),
            dispute_outcome_code=pl.when(known).then("dispute_outcome_code"),
        )
        world.send("disputes", told.sort("dispute_no"), number, habit=DISPUTES)
    return _answers(items, disputes)


def _items(world: "World", number: int) -> pl.DataFrame:
    rng = world.rng
    households = month_of_life(world.life, number).households.filter(
        pl.col("is_covered") & (pl.col("household_id") % 12 == number % 12) & (pl.col("household_income_yuan") > 0)
    )
    # Some have their income from two hands; the parts are whole yuan and add up.
    two = pl.Series(rng.random(len(households)) < 0.4)
    part = pl.Series(rng.uniform(0.2, 0.8, len(households)))
    total = households["household_income_yuan"]
    first = households.select(NAMES).with_columns(
        declared_amount_yuan=pl.select(pl.when(two).then((total * part).round()).otherwise(total)).to_series()
    )
    second = first.with_columns(declared_amount_yuan=total - first["declared_amount_yuan"]).filter(two)
    rows = pl.concat([first, second])
    count = len(rows)
    source = rng.choice(SOURCES, count, p=SOURCE_SHARES)
    is_verified = rng.random(count) < np.array([VERIFIED[name] for name in source])
    stamp = f"SR{world.prefix}{1970 + number // 12}{number % 12 + 1:02d}"
    rows = rows.with_columns(
        t=pl.lit(number, dtype=pl.Int64),
        item_no=pl.lit(stamp) + pl.int_range(1, count + 1).cast(pl.String).str.zfill(4),
        declared_date=pl.Series(days(np.full(count, number), rng.integers(1, 29, size=count))),
        income_type_code=pl.Series(rng.choice(TYPES, count, p=TYPE_SHARES)),
        income_source_code=pl.Series(source),
        income_verification_code=pl.Series(np.where(is_verified, "verified", "unverified")),
        verified_amount_yuan=pl.when(pl.Series(is_verified)).then("declared_amount_yuan"),
    )
    if number not in CONTRADICTED_MONTHS:
        return rows
    found = rows.filter((pl.col("income_source_code") == "bank") & (pl.col("programme_code") == "dibao"))
    wrong = pl.col("item_no") == found["item_no"].min()
    amount = pl.col("declared_amount_yuan")
    return rows.with_columns(
        income_verification_code=pl.when(wrong).then(pl.lit("contradicted")).otherwise("income_verification_code"),
        verified_amount_yuan=pl.when(wrong).then(amount * CONTRADICTED_TIMES).otherwise("verified_amount_yuan"),
    )


def _disputes(world: "World", items: pl.DataFrame) -> pl.DataFrame:
    rng = world.rng
    chosen = items.filter(pl.Series(rng.random(len(items)) < DISPUTED_SHARE) & (pl.col("t") < LAST))
    count = len(chosen)
    at = chosen["t"].to_numpy() + 1
    outcome = rng.choice(OUTCOMES, count, p=OUTCOME_SHARES)
    lodged = days(at, rng.integers(1, 20, size=count))
    closed_t: Numbers = np.where(outcome == "", NEVER, at + rng.integers(0, 2, size=count))
    closed = days(np.where(outcome == "", at, closed_t), rng.integers(20, 29, size=count))
    return chosen.select("item_no", "person_name", "income_source_code").with_columns(
        t=pl.Series(at),
        dispute_no=pl.lit("YY" + world.prefix) + pl.int_range(1, count + 1).cast(pl.String).str.zfill(4),
        lodged_date=pl.Series(lodged),
        dispute_outcome_code=pl.Series(outcome),
        closed_t=pl.Series(closed_t),
        closed_date=pl.Series(closed),
    )


def _answers(items: pl.DataFrame, disputes: pl.DataFrame) -> list[dict[str, Any]]:
    wrong = items.filter(pl.col("income_verification_code") == "contradicted")
    year = items.filter(pl.col("t") > LAST - 12)
    lodged = disputes.filter(pl.col("t") > LAST - 12)
    known = lodged.filter(pl.col("closed_t") <= LAST)
    answers: list[dict[str, Any]] = [
        {
            "fault": "income_contradicted",
            "outcome": "contradicted",
            "extract": "income_items",
            "months": label(row["t"]),
            "item_no": row["item_no"],
            "declared": row["declared_amount_yuan"],
            "verified": row["verified_amount_yuan"],
        }
        for row in wrong.to_dicts()
    ]
    for source in SOURCES:
        mine = year.filter(pl.col("income_source_code") == source)
        unverified = mine.filter(pl.col("income_verification_code") == "unverified")
        answers.append(
            {
                "fault": "income_unverified",
                "outcome": "share",
                "extract": "income_items",
                "months": label(LAST),
                "source": source,
                "declared": mine["declared_amount_yuan"].sum(),
                "unverified": unverified["declared_amount_yuan"].sum(),
            }
        )
    outcomes = {name: len(known.filter(pl.col("dispute_outcome_code") == name)) for name in OUTCOMES if name}
    return [
        *answers,
        {"fault": "disputes_ended", "outcome": "share", "extract": "disputes", "months": label(LAST)}
        | {"lodged": len(lodged), **outcomes},
    ]
