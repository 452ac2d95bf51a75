"""Months as whole numbers since 1970-01, as numpy counts them: a history is a range, a spell two numbers."""

from datetime import date

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]

NEVER = 100_000  # the month of what has not happened


def month(year: int, of_year: int) -> int:
    """Return the number of a month; `of_year` is 1 to 12."""
    return (year - 1970) * 12 + of_year - 1


LAST = month(2025, 6)  # the history ends with the survey report's date, 2025-06-30


def first_day(number: int) -> date:
    """Return the first day of a month."""
    return date(1970 + number // 12, number % 12 + 1, 1)


def label(number: int) -> str:
    """Return a month as 2025-06."""
    return f"{first_day(number):%Y-%m}"


def days(numbers: Numbers | int, day: Numbers | int = 1) -> Days:
    """Return the dates of `day` (1 = first; beyond the month's end it is the last) in these months."""
    months = np.asarray(numbers).astype("datetime64[M]")
    first = months.astype("datetime64[D]")
    last = (months + 1).astype("datetime64[D]") - 1
    return np.minimum(first + (np.asarray(day) - 1), last)


def month_of(dates: Days) -> Numbers:
    """Return the months of these dates."""
    return dates.astype("datetime64[M]").astype(np.int64)
