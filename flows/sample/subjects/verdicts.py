"""What case workers found out about people who should have left the rosters: one more worklist of the last quarter.

The leads are those of other subjects, which have sent before. One is dismissed in time, so that nobody is held to it.
"""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from flows.sample.months import LAST
from flows.sample.subjects import decisions

if TYPE_CHECKING:
    from flows.sample.subjects import World

WORKLIST = replace(decisions.WORKLISTS, file="核查处理结果{label}应退.xlsx")
# Fault that was planted, the rule that finds its first person, the day of the decision, what it is and why.
VERDICTS: tuple[tuple[str, str, date, str, str | None], ...] = (
    ("assets_above_limit", "assets_above_limit", date(2025, 5, 20), "cleared", "within_rules"),
    ("validity_expired", "validity_expired", date(2025, 5, 22), "verified", None),
    ("check_refused", "check_refused", date(2025, 6, 18), "grace", None),
    ("work_refusals", "work_refused_still_enrolled", date(2025, 6, 25), "stopped", None),
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send what was decided; return about whom and what it comes to."""
    told = [
        (rule, decisions.planted_by(world, fault)[0], decided, decision, reason)
        for fault, rule, decided, decision, reason in VERDICTS
    ]
    frame = pl.DataFrame([decisions.row(*each) for each in told], schema=decisions.NAMES)
    world.send("finding_decisions", frame, LAST, habit=WORKLIST)
    return [decisions.answer(rule, person, decided, decision) for rule, person, decided, decision, _ in told]
