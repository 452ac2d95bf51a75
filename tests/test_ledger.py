"""The ledger: whole lines, appended only, and which delivery is the latest version of which month."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows import ledger
from flows.ledger import Event
from flows.settings import settings


def landed(delivery_id: str, sequence: int, *months: str, **more: Any) -> Event:
    event = {"event": "landed", "delivery_id": delivery_id, "delivery_sequence": sequence, "months": list(months)}
    return event | {"table_name": "visits", "department_code": "civil_affairs", "extract_name": "visits"} | more


def withdrawn(delivery_id: str) -> Event:
    return landed(delivery_id, 0) | {"event": "withdrawn"}


def file() -> Path:
    return settings().landing / "deliveries.jsonl"


def test_before_the_first_delivery_there_is_no_event_and_no_file(fresh_settings: Path) -> None:
    assert ledger.ledger() == []
    assert ledger.landed_files("visits") == ledger.current_files("visits") == []
    ledger.append()
    assert not settings().data.exists(), "nothing to append makes nothing"


def test_events_are_kept_in_their_order_one_a_line_as_people_can_read_them(fresh_settings: Path) -> None:
    ledger.append({"event": "landed", "file_name": "临时救助台账.xlsx"})
    first = file().read_bytes()
    ledger.append({"event": "held", "reason": "第一行\n第二行"}, {"event": "withdrawn"})
    assert file().read_bytes().startswith(first), "what stands there is never written again"
    lines = file().read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["landed", "held", "withdrawn"]
    assert "临时救助台账.xlsx" in lines[0]
    assert ledger.ledger()[1]["reason"] == "第一行\n第二行"


def test_the_folder_of_landing_is_for_its_owner_only(fresh_settings: Path) -> None:
    ledger.append({"event": "landed"})
    assert settings().landing.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("left", [b"{", b'{"event": "landed"}', '{"半'.encode(), b"\x00" * 40])
def test_what_a_crash_left_behind_the_last_line_is_dropped_by_the_next_event(fresh_settings: Path, left: bytes) -> None:
    ledger.append({"event": "landed", "delivery_id": "a"})
    whole = file().read_bytes()
    file().write_bytes(whole + left)
    assert [event["delivery_id"] for event in ledger.ledger()] == ["a"]
    ledger.append({"event": "landed", "delivery_id": "b"})
    assert file().read_bytes() == whole + b'{"event": "landed", "delivery_id": "b"}\n'


def test_a_file_that_holds_nothing_but_half_a_line_begins_anew(fresh_settings: Path) -> None:
    settings().landing.mkdir(parents=True)
    file().write_bytes(b'{"event": "la')
    assert ledger.ledger() == []
    ledger.append({"event": "landed"})
    assert ledger.ledger() == [{"event": "landed"}]


def test_each_month_counts_its_latest_version() -> None:
    events = [landed("a", 1, "2025-05", "2025-06"), landed("b", 2, "2025-06"), landed("c", 3, "2025-07")]
    assert ledger.current(events) == {"a": ("2025-05",), "b": ("2025-06",), "c": ("2025-07",)}


def test_a_version_that_is_replaced_in_every_month_is_none_any_more() -> None:
    assert ledger.current([landed("a", 1, "2025-06"), landed("b", 2, "2025-06")]) == {"b": ("2025-06",)}


def test_the_sequence_decides_and_not_the_place_in_the_ledger() -> None:
    assert ledger.current([landed("a", 10, "2025-06"), landed("b", 9, "2025-06")]) == {"a": ("2025-06",)}


def test_departments_extracts_and_tables_do_not_replace_each_other() -> None:
    events = [
        landed("a", 1, "2025-06"),
        landed("b", 2, "2025-06", department_code="finance"),
        landed("c", 3, "2025-06", extract_name="others"),
        landed("d", 4, "2025-06", table_name="deaths"),
    ]
    assert set(ledger.current(events)) == {"a", "b", "c", "d"}


def test_a_withdrawn_delivery_uncovers_the_version_before() -> None:
    events = [landed("a", 1, "2025-06"), landed("b", 2, "2025-06"), withdrawn("b")]
    assert ledger.withdrawn(events) == {"b"}
    assert ledger.current(events) == {"a": ("2025-06",)}


@pytest.mark.parametrize("kind", ["held", "refused"])
def test_what_was_not_landed_replaces_nothing(kind: str) -> None:
    events = [landed("a", 1, "2025-06"), landed("b", 2, "2025-06") | {"event": kind}]
    assert ledger.current(events) == {"a": ("2025-06",)}


def test_files_lie_by_table_month_and_delivery(fresh_settings: Path) -> None:
    ledger.append(
        landed("civil_affairs.visits.1", 1, "2025-05", "2025-06"),
        landed("civil_affairs.visits.2", 2, "2025-06"),
        landed("finance.funds.3", 3, "all", table_name="funds"),
        landed("civil_affairs.visits.4", 4, "2025-06"),
        withdrawn("civil_affairs.visits.4"),
    )
    place = settings().landing / "visits"
    may, june = place / "month=2025-05", place / "month=2025-06"
    first, second = "civil_affairs.visits.1.parquet", "civil_affairs.visits.2.parquet"
    assert ledger.landed_files("visits") == [may / first, june / first, june / second]
    assert sorted(ledger.current_files("visits")) == [may / first, june / second]
    assert ledger.current_files("funds") == [settings().landing / "funds" / "month=all" / "finance.funds.3.parquet"]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["landed", "held", "refused", "withdrawn"]),
        st.integers(0, 5),
        st.lists(st.sampled_from(["2025-04", "2025-05", "2025-06", "all"]), unique=True, max_size=3),
    ),
    max_size=10,
)


@hypothesis_settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(EVENTS)
def test_whatever_happened_each_month_has_one_current_version_the_last_that_still_stands(given_events: Any) -> None:
    events = []
    for place, (kind, which, months) in enumerate(given_events):
        delivery_id = f"d{which}" if kind == "withdrawn" else f"d{place}"
        events.append(landed(delivery_id, place + 1, *months) | {"event": kind})
    gone = {event["delivery_id"] for event in events if event["event"] == "withdrawn"}
    last = {}
    for event in events:
        if event["event"] == "landed" and event["delivery_id"] not in gone:
            last |= dict.fromkeys(event["months"], event["delivery_id"])
    current = ledger.current(events)
    assert {month: delivery_id for delivery_id, months in current.items() for month in months} == last
    assert sum(len(months) for months in current.values()) == len(last)
