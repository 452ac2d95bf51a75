"""The finance office's budgets: a year's money per street, programme and fiscal source.

Half a year uses up about half of it; in one street only 40 % of the 低保 budget of 2025.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.district import STREETS
from flows.sample.events import FUND_SOURCES
from flows.sample.months import LAST, label, month
from flows.sample.offices import Habit

if TYPE_CHECKING:
    from flows.sample.subjects import World

BEHIND_STREET, BEHIND_PROGRAMME, BEHIND_SHARE = len(STREETS) - 1, "dibao", 0.40
DISBURSED, MEDICAL_YUAN = 1.01, 4.2  # what events.funds disburses: a hundredth above what is paid; yuan a head
BUDGETS = Habit(
    "救助预算安排{label}.xlsx",
    above=("{district}社会救助年初预算安排表({label},单位:万元)",),
    total_of="budget_amount_yuan",
    footer=(("制表人:盛书禾",),),
    changed=month(2025, 1),
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send the budget of each year of the history in its first month (or the history's)."""
    streets = [world.district.street_name(at) for at in range(len(STREETS))]
    answers: list[dict[str, Any]] = []
    for year in range(1970 + world.first // 12, 1970 + LAST // 12 + 1):
        number = max(month(year, 1), world.first)
        budgeted = _budgeted(world, year)
        parts = [
            budgeted.select(
                "street",
                "programme_code",
                fund_source_code=pl.lit(source),
                budget_amount_yuan=(pl.col("yuan") * share / 100).round() * 100,
            )
            for source, share in FUND_SOURCES.items()
        ]
        frame = pl.concat(parts).filter(pl.col("budget_amount_yuan") > 0)
        frame = frame.sort("street", "programme_code", maintain_order=True).with_columns(
            budget_year=pl.lit(year), street_name=pl.Series(np.array(streets)[frame.sort("street")["street"]])
        )
        delivery = world.send("budgets", frame, number, habit=BUDGETS)
    answers.append(
        {
            "fault": "budget_behind",
            "outcome": "finding",
            "extract": "budgets",
            "months": label(LAST),
            "file": delivery.file,
            "street_code": world.district.street_codes[BEHIND_STREET],
            "programme_code": BEHIND_PROGRAMME,
            "share": BEHIND_SHARE,
        }
    )
    return answers


def _budgeted(world: "World", year: int) -> pl.DataFrame:
    """Return the fiscal yuan a year needs: one row per street and programme."""
    start, end = max(month(year, 1), world.first), min(month(year, 12), LAST)
    paid = world.payments.filter(pl.col("payment_date").dt.year() == year)
    fen = (pl.col("paid_amount_yuan") * 100).round().cast(pl.Int64).sum()
    spent = (
        paid.with_columns(street=pl.Series(world.district.street[np.maximum(paid["hukou_place"].to_numpy(), 0)]))
        .group_by("street", "programme_code")
        .agg(yuan=fen / 100)
    )
    persons = np.bincount(world.district.street, weights=world.district.population[:, :, :2].sum(axis=(1, 2)))
    medical = pl.DataFrame(
        {
            "street": np.arange(len(STREETS)),
            "programme_code": "medical",
            "yuan": persons * MEDICAL_YUAN * (end - start + 1),
        }
    )
    rows = pl.concat([spent.select(medical.columns), medical]).sort("street", "programme_code")
    at = rows["street"].to_numpy()
    fiscal = 1 - np.array([street.donation_share for street in STREETS])[at]
    behind = (at == BEHIND_STREET) & (rows["programme_code"] == BEHIND_PROGRAMME).to_numpy() & (end == LAST)
    executed = np.where(behind, BEHIND_SHARE, (end - start + 1) / 12 * world.rng.uniform(0.98, 1.02, len(rows)))
    return rows.with_columns(yuan=pl.Series(rows["yuan"].to_numpy() * DISBURSED * fiscal / executed))
