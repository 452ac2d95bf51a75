"""The seeds of the dbt project, for whoever asks them outside dbt: each list and each limit stands once."""

import csv
from functools import cache

from flows.settings import DBT_PROJECT


@cache
def seed(name: str) -> list[dict[str, str]]:
    """Return the rows of a seed as they are written."""
    with (DBT_PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def cutoffs() -> dict[str, float]:
    """Return every cut-off by its code."""
    return {row["cutoff_code"]: float(row["cutoff_value"]) for row in seed("cutoffs")}
