"""Lateness by received time and deadline, and only for periods that end after the first night."""

from datetime import date
from typing import Any

import pytest

from flows.declarations import Extract, departments
from flows.lateness import days_late, first_night, missing, period_end

FIRST = date(2025, 7, 2)


def extract(department: str, name: str) -> Extract:
    return next(each for each in departments()[department].extracts if each.name == name)


def event(name: str, *months: str, kind: str = "landed", at: str = "2025-07-02T02:00:00+00:00") -> dict[str, Any]:
    department, extract_name = name.split(".")
    return {
        "event": kind,
        "delivery_id": f"{name}.{'-'.join(months)}.{kind}",
        "department_code": department,
        "extract_name": extract_name,
        "table_name": extract(department, extract_name).table,
        "received_at": at,
        "months": list(months),
    }


@pytest.mark.parametrize(
    ("month", "end"),
    [("2024-02", date(2024, 2, 29)), ("2025-02", date(2025, 2, 28)), ("2024-12", date(2024, 12, 31))],
)
def test_a_period_ends_on_the_last_day_of_its_month(month: str, end: date) -> None:
    assert period_end(month) == end


@pytest.mark.parametrize(
    ("received", "days"),
    [
        ("2025-08-05T10:00:00+00:00", 0),  # the deadline itself: 5 days after 31 July
        ("2025-08-06T02:00:00+00:00", 1),
        ("2025-08-05T17:00:00+00:00", 1),  # already the 6th where the office is
    ],
)
def test_a_delivery_is_late_from_the_day_after_its_deadline(received: str, days: int) -> None:
    assert days_late(extract("civil_affairs", "dibao_members"), "2025-07", received, FIRST) == days


def test_a_period_that_ended_before_the_first_night_is_back_fill_never_late() -> None:
    roster = extract("civil_affairs", "dibao_members")
    assert days_late(roster, "2025-06", "2026-11-24T02:00:00+00:00", FIRST) is None
    assert days_late(roster, "2025-07", "2026-11-24T02:00:00+00:00", FIRST) == 476


def test_what_has_no_deadline_or_no_month_is_never_late() -> None:
    assert days_late(extract("civil_affairs", "standards"), "all", "2026-01-01T00:00:00+00:00", FIRST) is None
    assert days_late(extract("statistics", "divisions"), "2025-12", "2026-06-01T00:00:00+00:00", FIRST) is None


def test_the_first_night_is_the_first_day_anything_was_taken_held_or_not() -> None:
    events = [
        event("civil_affairs.visits", "2025-06", kind="held", at="2025-07-01T20:00:00+00:00"),
        event("civil_affairs.visits", "2025-06", at="2025-07-09T20:00:00+00:00"),
    ]
    assert first_night(events) == date(2025, 7, 2)  # it was the 2nd in Shanghai
    assert first_night([]) is None


def test_a_gap_between_two_months_is_missing_and_a_quarter_is_counted_in_quarters() -> None:
    events = [
        event("civil_affairs.dibao_members", "2025-01"),
        event("civil_affairs.dibao_members", "2025-02"),
        event("civil_affairs.dibao_members", "2025-04"),
        event("civil_affairs.recoveries", "2024-12"),
        event("statistics.divisions", "2024-01"),
    ]
    found = [(each.extract, each.month, each.days_overdue) for each in missing(events, date(2025, 7, 2))]
    assert found == [("dibao_members", "2025-03", 0), ("recoveries", "2025-03", 0)]


def test_a_death_list_a_month_ahead_makes_nothing_else_missing() -> None:
    events = [
        event("civil_affairs.dibao_members", "2025-05"),
        event("public_security.deaths", "2025-05", "2025-06"),
    ]
    assert missing(events, date(2025, 7, 2)) == []


def test_a_month_past_its_deadline_is_overdue_by_days() -> None:
    events = [event("civil_affairs.dibao_members", "2025-06"), event("finance.funds", "2025-06")]
    found = [(each.extract, each.month, each.days_overdue) for each in missing(events, date(2025, 8, 10))]
    assert found == [("dibao_members", "2025-07", 5)]  # funds have until 15 August


def test_a_held_month_is_missing_and_said_to_be_held_a_withdrawn_one_is_missing() -> None:
    events = [
        event("civil_affairs.dibao_members", "2025-04"),
        event("civil_affairs.dibao_members", "2025-05", kind="held"),
        event("civil_affairs.dibao_members", "2025-06"),
        event("civil_affairs.visits", "2025-04"),
        event("civil_affairs.visits", "2025-05"),
        event("civil_affairs.visits", "2025-06"),
    ]
    events.append({**events[4], "event": "withdrawn"})
    found = [(each.extract, each.month, each.is_held) for each in missing(events, date(2025, 7, 2))]
    assert found == [("dibao_members", "2025-05", True), ("visits", "2025-05", False)]
