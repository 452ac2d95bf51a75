"""Grace periods (渐退) that go wrong, on purpose: who is counted, and when somebody comes or goes, stays as it is.

Beside them stand near misses: a period that lasts as long as it may, and every one that ends as it should.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, NEVER, days, label
from flows.sample.programmes import Life

MOST_MONTHS, TOO_MANY_MONTHS = 6, 8
ABOVE_YUAN, STILL_YUAN, STILL_MONTHS = 100.0, 640.0, 2


@dataclass(frozen=True)
class Graces:
    """The households concerned, each with the months in which something is wrong, by fault."""

    households: dict[str, dict[str, Any]]
    months: dict[str, range]


def plant(life: Life, first: int) -> tuple[Life, Graces]:
    """Set grace periods of some cases anew and choose those around which money goes astray."""
    heads = life.members.filter(pl.col("relation_code") == "head").unique("case_id", keep="first", maintain_order=True)
    own = (
        life.cases.filter(
            (pl.col("programme_code") == "dibao")
            & pl.col("household_id").is_unique()
            & (pl.col("suspended_t") == NEVER)
        )
        .join(heads.select("case_id", "person_id"), on="case_id", maintain_order="left")
        .join(life.people.select("person_id", "person_name", "id_number"), on="person_id", maintain_order="left")
        .join(life.households.select("household_id", "household_no", "account_no", "hukou"), on="household_id")
        .sort("case_id")
    )
    left = own.filter((pl.col("end_reason_code") == "income") & (pl.col("start_t") < first))
    long = left.filter((pl.col("grace_t") == NEVER) & (pl.col("end_t") > first + TOO_MANY_MONTHS)).to_dicts()
    short = left.filter(
        pl.col("grace_t").is_between(first + 1, LAST) & (pl.col("end_t") < LAST - STILL_MONTHS)
    ).to_dicts()
    straight = own.filter((pl.col("end_t") == NEVER) & pl.col("start_t").is_between(LAST - 4, LAST - 2)).to_dicts()
    chosen = {
        "grace_too_long": long[0],
        "grace_at_limit": long[1],
        "grace_without_dibao": straight[0],
        "grace_above_top_up": short[0],
        "grace_ended_still_paid": short[1],
    }
    begins = {
        long[0]["case_id"]: long[0]["end_t"] - TOO_MANY_MONTHS,
        long[1]["case_id"]: long[1]["end_t"] - MOST_MONTHS,
        straight[0]["case_id"]: straight[0]["start_t"],
    }
    months = {
        "grace_too_long": range(long[0]["end_t"] - TOO_MANY_MONTHS + MOST_MONTHS, long[0]["end_t"]),
        "grace_at_limit": range(0),
        "grace_without_dibao": range(straight[0]["start_t"], LAST + 1),
        "grace_above_top_up": range(short[0]["grace_t"], short[0]["end_t"]),
        "grace_ended_still_paid": range(short[1]["end_t"] + 1, short[1]["end_t"] + 1 + STILL_MONTHS),
    }
    cases = life.cases.with_columns(
        grace_t=pl.col("case_id").replace_strict(begins, default=pl.col("grace_t"), return_dtype=pl.Int64)
    )
    return replace(life, cases=cases), Graces(chosen, months)


def paid_besides(payments: pl.DataFrame, graces: Graces, number: int) -> pl.DataFrame:
    """Pay one household more than before its grace period, and go on paying one whose period is over."""
    if number in graces.months["grace_above_top_up"]:
        raised = (pl.col("household_no") == graces.households["grace_above_top_up"]["household_no"]) & (
            pl.col("component_code") == "basic"
        )
        raised = raised & (pl.col("benefit_t") == number)
        payments = payments.with_columns(
            paid_amount_yuan=pl.col("paid_amount_yuan") + pl.when(raised).then(ABOVE_YUAN).otherwise(0.0)
        )
    if number in graces.months["grace_ended_still_paid"]:
        household = graces.households["grace_ended_still_paid"]
        row = {name: household[name] for name in payments.columns if name in household} | {
            "component_code": "basic",
            "paid_amount_yuan": STILL_YUAN,
            "hukou_place": household["hukou"],
            "benefit_t": number,
            "payment_date": days(np.array([number]), 25).item(),
            "bank_result_code": "success",
            "payment_no": payments["payment_no"][-1][:-6] + "990001",
        }
        payments = pl.concat([payments, pl.DataFrame([row], schema=payments.schema)])
    return payments


def answers(graces: Graces, payments: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the answer key: the head of each household, the months, and the yuan that should not have been paid."""
    told = []
    for fault, household in graces.households.items():
        months = list(graces.months[fault])
        paid = payments.filter(
            (pl.col("household_no") == household["household_no"])
            & pl.col("benefit_t").is_in(months)
            & (pl.col("bank_result_code") == "success")
        )
        yuan: float = ABOVE_YUAN * len(paid.filter(pl.col("component_code") == "basic"))
        if fault != "grace_above_top_up":
            yuan = float(paid["paid_amount_yuan"].sum())
        told.append(
            {
                "fault": fault,
                "outcome": "in time" if fault == "grace_at_limit" else "finding",
                "extract": "dibao_households",
                "months": [label(number) for number in months],
                "household_no": household["household_no"],
                "person_name": household["person_name"],
                "id_number": household["id_number"],
                "overpaid_yuan": round(yuan, 2),
            }
        )
    return told
