"""Graded alerts: who is red and orange, when a level steps down, and what came of earlier alerts."""

from collections import defaultdict
from typing import Any

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")


@pytest.fixture(scope="module")
def alerts(night: Night) -> list[dict[str, Any]]:
    return night.sql("select * from fct_alerts")


def test_the_level_of_everybody_is_what_the_standing_signals_make_of_it_and_the_planted_are_red_and_orange(
    night: Night, alerts: list[dict[str, Any]]
) -> None:
    findings = {(row["rule_code"], row["person_key"]): row for row in night.sql("select * from fct_findings")}
    tables = {
        (row["rule_code"], row["person_key"]): row["evidence_table"]
        for row in night.sql("select distinct rule_code, person_key, evidence_table from fct_finding_evidence")
    }
    standing: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in alerts:
        if row["alert_level_code"] != "none":
            lead = (row["signal_code"], row["person_key"])
            strength = "strong" if row["signal_code"] == "platform_medical_cost" else "weak"
            if lead in findings and findings[lead]["tier_code"] == "A":
                strength = findings[lead]["severity_code"]
            standing[row["person_key"]].append((tables.get(lead, row["signal_code"]), strength))
    expected = {person: level(signals) for person, signals in standing.items()}
    told = {row["person_key"]: row["alert_level_code"] for row in alerts if row["alert_level_code"] != "none"}
    assert told == expected
    assert set(told.values()) == {"red", "orange", "yellow", "blue"}
    for name, colour in {"alert_red": "red", "alert_orange": "orange"}.items():
        for fault in faults(night, name):
            assert told[person_key(night, fault["id_number"])] == colour


def level(signals: list[tuple[str, str]]) -> str:
    """Return the level of these signals, each with the table it rests on: the seed's defaults, told once more."""
    sources, strengths = {source for source, _ in signals}, {strength for _, strength in signals}
    if "critical" in strengths or len(sources) >= 3:
        return "red"
    if len(sources) == 2:
        return "orange"
    return "yellow" if strengths & {"strong", "major"} else "blue"


def test_the_level_of_who_was_paid_after_a_death_until_april_has_stepped_down_after_two_clean_months(
    alerts: list[dict[str, Any]],
) -> None:
    rows = [row for row in alerts if row["signal_code"] == "paid_after_death" and row["last_month"] == "2025-04-01"]
    assert [(row["raised_level_code"], row["alert_level_code"], row["is_overdue"]) for row in rows] == [
        ("red", "none", True)
    ]
    # Found on 31 January 2025, in the Spring Festival that lasts until 4 February: three working days.
    assert [(row["raised_date"], row["due_date"]) for row in rows] == [("2025-01-31", "2025-02-07")]


def test_decisions_acknowledge_and_resolve_the_alerts_of_their_leads(
    night: Night, alerts: list[dict[str, Any]]
) -> None:
    expected = {
        "verified": ("acknowledged", "confirmed"),
        "grace": ("acknowledged", "confirmed"),
        "stopped": ("resolved", "confirmed"),
        "cleared": ("resolved", "cleared"),
    }
    told = {(row["signal_code"], row["person_key"]): row for row in alerts}
    for fault in faults(night, "finding_decided"):
        row = told[fault["rule"], person_key(night, fault["id_number"])]
        assert (row["alert_status_code"], row["outcome_code"]) == expected[fault["outcome"]]
    for fault in faults(night, "finding_reopened"):
        row = told[fault["rule"], person_key(night, fault["id_number"])]
        assert (row["alert_status_code"], row["outcome_code"]) == ("active", None)


def test_the_precision_of_the_platforms_alerts_is_what_came_of_them(night: Night) -> None:
    [row] = night.sql(
        "select sum(alerts_count) as alerts, sum(answered_count) as answered, sum(confirmed_count) as confirmed "
        "from mart_alert_precision where signal_code like 'platform%'"
    )
    [own] = night.sql(
        "select count(*) as alerts, count(*) filter (alert_outcome_code <> 'open') as answered, "
        "count(*) filter (alert_outcome_code = 'applied') as confirmed from fct_platform_alerts "
        "where id_status_code = 'valid'"
    )
    # One alert a person and source within the quiet days: nobody of the sample is warned of twice.
    assert {name: int(value) for name, value in row.items()} == {name: int(value) for name, value in own.items()}


def test_the_alerts_of_streets_and_special_places_add_up_to_all_and_no_feed_was_missing(
    night: Night, alerts: list[dict[str, Any]]
) -> None:
    rows = night.sql(
        "select basis_code, sum(alerts_count) as alerts, max(suppressed_signals) as silent, max(status) as status "
        "from mart_alerts where level_code in ('street', 'special') group by basis_code"
    )
    assert {(row["basis_code"], int(row["alerts"]), row["silent"], row["status"]) for row in rows} == {
        (basis, len(alerts), None, "ok") for basis in ("hukou", "resident")
    }
