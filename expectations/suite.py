"""Asks Great Expectations about a frame and tells which rows' owners (a delivery, an area and month) fail.

The one place that knows its API: ephemeral context, keyword arguments, pandas, no values in results,
and an exception inside an expectation counted as failed.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class Rule:
    """One expectation and how it is told.

    `warn_above` and `hold_above` are the shares of an owner's rows that may fail before it is a warning or critical;
    None: never. `reason` says why the threshold is what it is.
    """

    asks: str
    label: str
    reason: str
    words: dict[str, Any]
    warn_above: float | None = 0.0
    hold_above: float | None = None

    @property
    def severity(self) -> Severity:
        """Return the worst that a failure of this rule can be."""
        return "critical" if self.hold_above is not None else "warning"


@dataclass(frozen=True)
class Answer:
    """What came of one rule: failing rows an owner, or the exception that kept it from being asked."""

    rule: Rule
    failing: Counter[str]
    error: str | None = None

    def judge(self, owner: str, rows: int) -> tuple[bool, Severity]:
        """Return (success, severity) for an owner of so many rows; an error fails everybody, critically."""
        if self.error is not None:
            return False, "critical"
        share = self.failing[owner] / rows if rows else 0.0
        if self.rule.hold_above is not None and share > self.rule.hold_above:
            return False, "critical"
        if self.rule.warn_above is not None and share > self.rule.warn_above:
            return False, "warning"
        return True, self.rule.severity


@dataclass(frozen=True)
class Verdict:
    """What one check of a gate came to, as it is told; `observed` holds counts, shares and areas, never a person."""

    label: str
    severity: Severity
    success: bool
    observed: str
    reason: str = ""

    @property
    def stops(self) -> bool:
        """Return whether nothing may be published because of it."""
        return not self.success and self.severity == "critical"


def ask(frame: "pl.DataFrame", rules: Sequence[Rule], owner: str) -> list[Answer]:
    """Return the answer to each rule over a frame, failing rows counted by the column `owner`."""
    if not rules or frame.is_empty():
        return [Answer(rule, Counter()) for rule in rules]
    import great_expectations as gx
    import great_expectations.expectations as catalogue

    batch = _frames().get_batch(batch_parameters={"dataframe": _pandas(frame)})

    def validate(places: Sequence[int], result_format: Any) -> dict[int, Any]:
        suite = [getattr(catalogue, rules[place].asks)(**rules[place].words, meta={"place": place}) for place in places]
        result = batch.validate(gx.ExpectationSuite(name="suite", expectations=suite), result_format=result_format)
        return {each.expectation_config.meta["place"]: each for each in result.results}

    # Nearly all hold: whose rows fail is asked, at twice the price, only of those that do not.
    first = validate(range(len(rules)), "BOOLEAN_ONLY")
    held = {place for place, each in first.items() if each.success and not _exception(each.exception_info or {})}
    failed = [place for place in range(len(rules)) if place not in held]
    answers = {place: Answer(rules[place], Counter()) for place in held}
    if failed:
        # Only the owner of a failing row comes back: a result may hold no value of any cell.
        owners = {
            "result_format": "COMPLETE",
            "unexpected_index_column_names": [owner],
            "exclude_unexpected_values": True,
            "include_unexpected_rows": False,
            "return_unexpected_index_query": False,
            "partial_unexpected_count": 0,
        }
        answers |= {place: _answer(rules[place], each, owner) for place, each in validate(failed, owners).items()}
    lost = "Great Expectations 没有回答"
    return [answers.get(place) or Answer(rule, Counter(), lost) for place, rule in enumerate(rules)]


@cache
def _frames() -> Any:
    # One context a process: each makes temporary folders and writes its configuration over and over.
    import great_expectations as gx

    for name in ("great_expectations", "great_expectations.data_context.types.base"):  # the latter sets itself to INFO
        logging.getLogger(name).setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas(name="frames").add_dataframe_asset(name="frame")
    return asset.add_batch_definition_whole_dataframe(name="all")


def _answer(rule: Rule, result: Any, owner: str) -> Answer:
    if error := _exception(result.exception_info or {}):
        return Answer(rule, Counter(), error)
    failing: Counter[str] = Counter()
    for place in result.result.get("unexpected_index_list") or []:
        names = place[owner]
        failing.update(map(str, names if isinstance(names, list) else [names]))
    if not result.success and not failing:
        return Answer(rule, failing, "检查没有通过,却没有说出是哪里")
    return Answer(rule, failing)


def _exception(info: dict[str, Any]) -> str | None:
    # One block, or a block a metric; the message may quote a cell, so only its first word (the class) is kept.
    blocks = [info] if "raised_exception" in info else list(info.values())
    for block in blocks:
        if block.get("raised_exception"):
            last = str(block.get("exception_traceback") or "").strip().splitlines()[-1:] or ["Exception"]
            return last[0].split(":")[0].rpartition(".")[2]
    return None


def _pandas(frame: "pl.DataFrame") -> "pd.DataFrame":
    import polars as pl
    import polars.selectors as cs

    # Text repeats: categories keep a province's rows small. Decimals would come through as objects.
    return frame.with_columns(
        cs.string().cast(pl.Categorical), cs.decimal().cast(pl.Float64), cs.date().cast(pl.Datetime("us"))
    ).to_pandas()
