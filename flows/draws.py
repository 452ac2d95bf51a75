"""Random draws for the warehouse: what chance alone would do between areas, and how sure a number is.

numpy only draws, seeded by the data's own group; every index of a draw is computed by the one SQL macro.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import polars as pl

MEASURES = ("recipients", "spend_amount_yuan", "entitlement_amount_yuan")
FEWEST_HOUSEHOLDS = 2  # of one household nothing can be drawn again
ENDS = {"low": 0.025, "high": 0.975}
RANGES = ("spend", "spend_per_recipient", "top_up")
KEYS = ("month", "programme_code", "basis_code")


def draw(areas: "pl.DataFrame", households: "pl.DataFrame", draws: int, seed: int) -> "pl.DataFrame":
    """Return the totals of every area in every draw of every group.

    `areas` has a row per `draw_group` and `area_number`, sorted, with weight_count and smoothed_count; `households` one
    per recipient household, sorted by group and area, with MEASURES. Drawn twice: evenly, every household of the group
    falls on an area in proportion to its weight, as if all rates were equal; and as its own (`is_own`), in proportion
    to its smoothed count, and then one of the area's own households stands for it (of the whole group's where the area
    has none). Result: draw_group, is_own, draw_number, area_number, MEASURES.
    """
    import polars as pl

    parts = []
    theirs = {group: frame for (group,), frame in households.partition_by("draw_group", as_dict=True).items()}
    for (group,), frame in areas.partition_by("draw_group", as_dict=True, maintain_order=True).items():
        homes = theirs.get(group)
        if homes is None:
            continue
        names = frame["area_number"]
        at = homes["area_number"].replace_strict(names, np.arange(len(names)), return_dtype=pl.Int64).to_numpy()
        measures = homes.select(MEASURES).to_numpy()
        weight = frame["weight_count"].to_numpy()
        sure = frame["smoothed_count"].to_numpy()
        generator = np.random.default_rng([seed, int(group)])
        for is_own, share in ((False, weight), (True, sure)):
            if not share.sum() > 0:
                continue
            fallen = _places(share, len(homes), draws, generator)
            chosen = _own(fallen, at, len(names), generator) if is_own else np.tile(np.arange(len(homes)), draws)
            cell = np.repeat(np.arange(draws), len(homes)) * len(names) + fallen
            totals = [np.bincount(cell, measures[chosen, place], draws * len(names)) for place in range(len(MEASURES))]
            parts.append(
                pl.DataFrame(
                    {
                        "draw_group": np.full(draws * len(names), group, dtype=np.int64),
                        "is_own": pl.repeat(is_own, draws * len(names), eager=True),
                        "draw_number": np.repeat(np.arange(1, draws + 1), len(names)),
                        "area_number": pl.concat([names] * draws),
                        **dict(zip(MEASURES, totals, strict=True)),
                    }
                )
            )
    schema: dict[str, Any] = {
        "draw_group": pl.Int64,
        "is_own": pl.Boolean,
        "draw_number": pl.Int64,
        "area_number": pl.Int64,
    }
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema | dict.fromkeys(MEASURES, pl.Float64))


def _places(share: np.ndarray[Any, Any], count: int, draws: int, generator: np.random.Generator) -> Any:
    """Return for each draw and household the area it falls on, with probability in proportion to `share`."""
    through = np.cumsum(share)
    return np.minimum(
        np.searchsorted(through, generator.random(count * draws) * through[-1], side="right"), len(share) - 1
    )


def _own(fallen: Any, at: Any, areas: int, generator: np.random.Generator) -> Any:
    """Return a household for each place it fell on: one of that area, of anywhere where it has none."""
    counts = np.bincount(at, minlength=areas)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    has_none = counts == 0
    counts[has_none], starts[has_none] = len(at), 0
    return starts[fallen] + np.floor(generator.random(len(fallen)) * counts[fallen]).astype(np.int64)


def bootstrap(households: "pl.DataFrame", above: "pl.DataFrame", draws: int, seed: int) -> "pl.DataFrame":
    """Return the 95 % range of each area's yuan: its households drawn again, Poisson(1) times each.

    `households` has a row per household, month, programme and basis with area_code and MEASURES, in a fixed order;
    `above` a row per area_code and ancestor_area_code, itself included. So the number of households is drawn too, not
    only who they are. Result per area, month, programme and basis with at least two households: low and high of
    spend, and of spend and entitlement per recipient.
    """
    import polars as pl

    parts = [
        _ranges(frame, above, np.random.default_rng([seed, number]), draws).with_columns(
            pl.lit(value).alias(name) for name, value in zip(KEYS, key, strict=True)
        )
        for number, (key, frame) in enumerate(
            households.partition_by(*KEYS, as_dict=True, maintain_order=True, include_key=False).items()
        )
    ]
    if parts:
        return pl.concat(parts)
    schema: dict[str, Any] = {"area_code": pl.String}
    schema |= {f"{name}_{end}": pl.Float64 for name in RANGES for end in ENDS}
    return pl.DataFrame(schema=schema | {"month": pl.Date, "programme_code": pl.String, "basis_code": pl.String})


def _ranges(
    households: "pl.DataFrame", above: "pl.DataFrame", generator: np.random.Generator, draws: int
) -> "pl.DataFrame":
    import polars as pl

    households = households.sort("area_code", maintain_order=True)
    counts = households.group_by("area_code", maintain_order=True).len()
    below = counts.with_row_index("place").join(above, on="area_code").sort("ancestor_area_code", "place")
    areas = below.group_by("ancestor_area_code", maintain_order=True).agg(pl.col("len").sum())
    times = generator.poisson(1.0, (households.height, draws)).astype(np.int8)
    firsts, tops = (
        _starts(counts["len"]),
        _starts(below.group_by("ancestor_area_code", maintain_order=True).len()["len"]),
    )
    recipients, spend, entitlement = (
        np.add.reduceat(
            np.add.reduceat(times * households[name].to_numpy()[:, None], firsts, axis=0)[below["place"]], tops, axis=0
        )
        for name in MEASURES
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        # A draw in which nobody of the area came up says nothing about a ratio.
        drawn = (spend, *(np.where(recipients > 0, yuan / recipients, np.nan) for yuan in (spend, entitlement)))
    ends = {
        f"{name}_{end}": pl.Series(values, nan_to_null=True)
        for name, both in zip(RANGES, map(_range, drawn), strict=True)
        for end, values in zip(ENDS, both, strict=True)
    }
    return (
        areas.rename({"ancestor_area_code": "area_code"})
        .with_columns(**ends)
        .filter(pl.col("len") >= FEWEST_HOUSEHOLDS)
        .drop("len")
    )


def _starts(lengths: "pl.Series") -> Any:
    return np.concatenate([[0], np.cumsum(lengths.to_numpy().astype(np.int64))[:-1]])


def _range(values: Any) -> Any:
    """Return the 2.5th and 97.5th percentile of each row, interpolated linearly, of what is a number in it."""
    ordered = np.sort(values, axis=1)  # what is no number comes last
    last = np.maximum((~np.isnan(values)).sum(axis=1) - 1, 0)
    rows = np.arange(len(values))
    places = [share * last for share in ENDS.values()]
    return [
        ordered[rows, np.floor(place).astype(int)] * (1 - place % 1)
        + ordered[rows, np.ceil(place).astype(int)] * (place % 1)
        for place in places
    ]
