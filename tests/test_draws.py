"""Draws of chance: nobody is lost, shares are kept, a seed gives the same, and ranges are as wide as theory says."""

import math
from datetime import date

import polars as pl
import pytest

from flows.draws import MEASURES, bootstrap, draw

DRAWS = 400


def areas(weights: list[float], counts: list[float], group: int = 1) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "draw_group": [group] * len(weights),
            "area_number": list(range(1, len(weights) + 1)),
            "weight_count": weights,
            "smoothed_count": counts,
        }
    )


def households(at: list[int], sizes: list[float], yuan: list[float] | None = None, group: int = 1) -> pl.DataFrame:
    yuan = yuan or [1000.0 * size for size in sizes]
    return pl.DataFrame(
        {
            "draw_group": [group] * len(at),
            "area_number": at,
            "recipients": sizes,
            "spend_amount_yuan": yuan,
            "entitlement_amount_yuan": yuan,
        },
        schema_overrides={"draw_group": pl.Int64, "area_number": pl.Int64} | dict.fromkeys(MEASURES, pl.Float64),
    )


def test_every_even_draw_holds_every_household_once() -> None:
    homes = households([1, 1, 2, 3], [1.0, 2.0, 3.0, 4.0])
    drawn = draw(areas([10, 20, 30], [3, 3, 4]), homes, DRAWS, seed=1).filter(~pl.col("is_own"))
    totals = drawn.group_by("draw_number").agg(pl.col("recipients", "spend_amount_yuan").sum())
    assert totals.height == DRAWS
    assert set(totals["recipients"]) == {10.0}
    assert set(totals["spend_amount_yuan"]) == {10_000.0}


def test_even_draws_fall_in_proportion_to_the_weight_whatever_the_areas_have() -> None:
    homes = households([1] * 300, [1.0] * 300)
    drawn = draw(areas([1, 2, 7], [300, 0, 0]), homes, DRAWS, seed=2).filter(~pl.col("is_own"))
    mean = drawn.group_by("area_number").agg(pl.col("recipients").mean()).sort("area_number")["recipients"].to_list()
    # The mean of 400 binomials of 300: the standard error is below 0.45 for each share.
    assert mean == [pytest.approx(expected, abs=2) for expected in (30, 60, 210)]


def test_own_draws_stay_with_the_areas_rates_and_their_own_households() -> None:
    homes = households([1] * 100 + [2] * 100, [1.0] * 100 + [4.0] * 100)
    drawn = draw(areas([50, 50], [100, 100]), homes, DRAWS, seed=3).filter("is_own")
    per_area = drawn.group_by("area_number").agg(pl.col(MEASURES).mean()).sort("area_number")
    assert per_area["recipients"].to_list() == [pytest.approx(100, abs=2), pytest.approx(400, abs=8)]


def test_an_area_without_a_household_is_given_one_of_the_groups() -> None:
    homes = households([1] * 50, [2.0] * 50)
    drawn = draw(areas([50, 50], [90, 10]), homes, DRAWS, seed=4).filter("is_own")
    second = drawn.filter(pl.col("area_number") == 2)["recipients"]
    assert second.mean() == pytest.approx(10, abs=1)
    assert set(second.unique()) <= {2.0 * count for count in range(51)}


def test_the_same_seed_gives_the_same_draws_and_groups_do_not_depend_on_each_other() -> None:
    homes = households([1, 2, 2], [1.0, 1.0, 2.0])
    alone = draw(areas([1, 2], [1, 3]), homes, 20, seed=5)
    assert alone.equals(draw(areas([1, 2], [1, 3]), homes, 20, seed=5))
    assert not alone.equals(draw(areas([1, 2], [1, 3]), homes, 20, seed=6))
    both = draw(
        pl.concat([areas([1, 2], [1, 3]), areas([5, 5], [2, 2], group=2)]),
        pl.concat([homes, households([1, 2], [2.0, 2.0], group=2)]),
        20,
        seed=5,
    )
    assert both.filter(pl.col("draw_group") == 1).equals(alone)


def test_a_group_without_households_is_not_drawn() -> None:
    assert draw(areas([1, 2], [0, 0]), households([], []), 20, seed=1).is_empty()


def months(at: list[str], yuan: list[float]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "month": pl.Series([date(2025, 6, 1)] * len(at), dtype=pl.Date),
            "programme_code": ["dibao"] * len(at),
            "basis_code": ["hukou"] * len(at),
            "area_code": at,
            "recipients": [1.0] * len(at),
            "spend_amount_yuan": yuan,
            "entitlement_amount_yuan": yuan,
        },
        schema_overrides={"area_code": pl.String, "programme_code": pl.String, "basis_code": pl.String}
        | dict.fromkeys(MEASURES, pl.Float64),
    )


ABOVE = pl.DataFrame(
    [("a", "a"), ("b", "b"), ("c", "c"), *((area, "town") for area in "abc"), ("town", "town")],
    schema=["area_code", "ancestor_area_code"],
    orient="row",
)


def test_the_range_of_a_total_is_as_wide_as_the_variance_of_its_parts() -> None:
    yuan = [float(500 + 7 * number) for number in range(400)]
    found = bootstrap(months(["a"] * 400, yuan), ABOVE, 2000, seed=7).row(0, named=True)
    total, spread = sum(yuan), 1.96 * math.sqrt(sum(value * value for value in yuan))  # compound Poisson
    assert found["spend_low"] == pytest.approx(total - spread, rel=0.02)
    assert found["spend_high"] == pytest.approx(total + spread, rel=0.02)


def test_an_area_above_is_drawn_from_the_same_households_and_one_household_has_no_range() -> None:
    frame = months(["a"] * 30 + ["b"] * 30 + ["c"], [100.0] * 61)
    found = {row["area_code"]: row for row in bootstrap(frame, ABOVE, 300, seed=8).to_dicts()}
    assert set(found) == {"a", "b", "town"}
    assert found["town"]["spend_low"] > found["a"]["spend_low"]
    # Everybody gets the same: the mean does not move, however many there are.
    assert (found["town"]["spend_per_recipient_low"], found["town"]["spend_per_recipient_high"]) == (100, 100)


def test_nothing_to_draw_from_gives_no_rows_with_the_same_columns() -> None:
    empty = bootstrap(months([], []), ABOVE, 10, seed=1)
    some = bootstrap(months(["a", "a"], [1.0, 2.0]), ABOVE, 10, seed=1)
    assert empty.is_empty()
    assert set(empty.columns) == set(some.columns)
