"""Which deliveries came late and which months never came, by received time and declared deadline.

Only periods that end after the first night can be late; what lies before was taken in as back-fill.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flows.declarations import Extract, extracts, tables
from flows.ledger import TAKEN, withdrawn
from flows.settings import settings

Event = dict[str, Any]
MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}  # irregular deliveries are never missed
WHOLE = "all"


@dataclass(frozen=True)
class Missing:
    """A month that an extract should have reported by now; `is_held`: it came and was held back."""

    department: str
    extract: str
    month: str
    days_overdue: int
    is_held: bool


def period_end(month: str) -> date:
    """Return the last day of a month (YYYY-MM)."""
    year, number = map(int, month.split("-"))
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def local_day(received_at: str) -> date:
    """Return the day on which something was received where the office is."""
    return datetime.fromisoformat(received_at).astimezone(ZoneInfo(settings().timezone)).date()


def first_night(events: list[Event]) -> date | None:
    """Return the day of the first delivery ever taken."""
    days = [local_day(event["received_at"]) for event in events if event["event"] in TAKEN]
    return min(days, default=None)


def days_late(extract: Extract, month: str, received_at: str, first: date | None) -> int | None:
    """Return by how many days a month came too late (0: in time), or None where it is back-fill or has no deadline."""
    if extract.deadline_days is None or month == WHOLE or first is None or period_end(month) <= first:
        return None
    deadline = period_end(month) + timedelta(days=extract.deadline_days)
    return max(0, (local_day(received_at) - deadline).days)


def missing(events: list[Event], today: date) -> list[Missing]:
    """Return the months that should be there: from an extract's first to the business month, or past their deadline."""
    gone = withdrawn(events)
    taken = [event for event in events if event["event"] in TAKEN and event["delivery_id"] not in gone]
    first = first_night(events)
    leading = {table.name for table in tables().values() if table.sets_business_month}
    latest = max(
        (
            month
            for event in taken
            if event["event"] == "landed" and event["table_name"] in leading
            for month in event["months"]
            if month != WHOLE
        ),
        default="",
    )
    found = []
    for department, extract, _ in extracts():
        own = [
            event
            for event in taken
            if (event["department_code"], event["extract_name"]) == (department.department, extract.name)
        ]
        landed = {month for event in own if event["event"] == "landed" for month in event["months"]} - {WHOLE}
        held = {month for event in own if event["event"] == "held" for month in event["months"]}
        if extract.cadence not in MONTHS or not landed:
            continue
        for month in _months(min(landed | held - {WHOLE}), MONTHS[extract.cadence], today):
            deadline = period_end(month) + timedelta(days=extract.deadline_days or 0)
            is_due = first is not None and period_end(month) > first and deadline < today
            if month not in landed and (month <= latest or is_due):
                overdue = (today - deadline).days if is_due else 0
                found.append(Missing(department.department, extract.name, month, overdue, month in held))
    return found


def _months(first: str, step: int, today: date) -> list[str]:
    year, number = map(int, first.split("-"))
    months = []
    while (year, number) <= (today.year, today.month):
        months.append(f"{year}-{number:02d}")
        year, number = year + (number + step - 1) // 12, (number + step - 1) % 12 + 1
    return months
