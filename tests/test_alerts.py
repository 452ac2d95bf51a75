"""Graded alerts: who is red and orange, when a level steps down, and what came of earlier alerts."""

from collections import defaultdict
from typing import Any

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")

STRONG = (
    "platform_medical_cost",
    "hardship_medical_burden",
    "hardship_prisoner_child",
    "hardship_poverty_monitored",
)
# Lists that rest on what the platform warns of, too: one source.
EVIDENCE = {
    "unemployed_uninsured": "unemployment",
    "hardship_disability_severe": "disability",
    "hardship_medical_burden": "medical_cost",
    "hardship_student_hardship": "education",
}


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
            strength = "strong" if row["signal_code"] in STRONG else "weak"
            if lead in findings and findings[lead]["tier_code"] == "A":
                strength = findings[lead]["severity_code"]
            source = tables.get(lead) or EVIDENCE.get(row["signal_code"], row["signal_code"].removeprefix("platform_"))
            standing[row["person_key"]].append((source, strength))
    expected = {person: level(signals) for person, signals in standing.items()}
    told = {row["person_key"]: row["alert_level_code"] for row in alerts if row["alert_level_code"] != "none"}
    assert told == expected
    assert set(told.values()) == {"red", "orange", "yellow", "blue"}
    for colour, name in (("red", "alert_red"), ("orange", "alert_orange")):
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


def test_alerts_answered_in_time_are_those_of_the_answer_key_among_all_whose_time_was_up_in_the_year(
    night: Night, alerts: list[dict[str, Any]]
) -> None:
    # Blue ones are never late, and the platform's come with their outcome, without the day of it.
    due = [
        row
        for row in alerts
        if row["raised_level_code"] != "blue"
        and "2024-07-01" <= row["due_date"] <= "2025-06-30"
        and (row["outcome_code"] is None or row["first_decided_date"] is not None)
    ]
    places = night.sql(
        "select area_code, ancestor_area_code from dim_area_ancestors "
        "where ancestor_area_code in (select area_code from dim_areas where level_code = 'street')"
    )
    streets = {row["area_code"]: row["ancestor_area_code"] for row in places}
    rows = night.json("gap", "--indicator", "alerts_on_time_share")
    assert len(rows) == 9
    for row in rows:
        own = [each for each in due if streets.get(each["hukou_area_code"]) == row["area_code"]]
        assert row["denominator"] == len(own) > 0
    # Verified on 10 October with eight days left (and stopped in January), and on 13 June with three. Cleared on the
    # last day and on the roster again is unanswered.
    [split] = [fault for fault in faults(night, "finding_decided") if fault["rule"] == "two_households"]
    [early] = [
        fault
        for fault in faults(night, "finding_decided")
        if fault["rule"] == "above_yearly_sum" and fault["decided_date"] == "2025-06-13"
    ]
    in_time = {
        (row["signal_code"], row["person_key"])
        for row in due
        if row["first_decided_date"] and row["first_decided_date"] <= row["due_date"] and not row["is_reopened"]
    }
    assert in_time == {(fault["rule"], person_key(night, fault["id_number"])) for fault in (split, early)}
    assert sum(row["numerator"] for row in rows) == len(in_time)


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


def test_who_is_on_a_list_of_hardship_and_helped_by_nobody_is_warned_of_and_no_near_miss_is(
    night: Night, alerts: list[dict[str, Any]]
) -> None:
    told = {
        (row["person_key"], row["signal_code"])
        for row in alerts
        if row["signal_code"].startswith("hardship_") and row["last_month"] == "2025-06-01"
    }
    listed = night.sql(
        "select person_key, list_code from fct_hardships where month = '2025-06-01' and standing_code = 'open'"
    )
    # The unemployed and the platform's alerts are signals of their own, and no signal twice.
    assert told == {
        (row["person_key"], f"hardship_{row['list_code']}")
        for row in listed
        if row["list_code"] not in ("unemployed_uninsured", "platform_alert")
    }
    warned = {person for person, _ in told}
    for name in ("blind_spot_many_lists", "blind_spot_child"):
        assert {person_key(night, each["id_number"]) for each in faults(night, name)} <= warned, name
    for name in ("hardship_pending", "hardship_declined", "hardship_rejected", "hardship_covered"):
        assert not {person_key(night, each["id_number"]) for each in faults(night, name)} & warned, name
    many = {person_key(night, each["id_number"]) for each in faults(night, "blind_spot_many_lists")}
    assert {
        row["alert_level_code"] for row in alerts if row["person_key"] in many and row["alert_level_code"] != "none"
    } == {"red"}


def test_who_is_watched_against_a_return_to_poverty_and_on_no_roster_is_warned_of_until_the_risk_is_removed(
    night: Night, alerts: list[dict[str, Any]]
) -> None:
    warned = {
        row["person_key"]
        for row in alerts
        if row["signal_code"] == "hardship_poverty_monitored" and row["last_month"] == "2025-06-01"
    }
    removed = {
        row["person_key"]
        for row in night.sql(
            "select person_key from fct_poverty_monitoring where month = '2025-06-01' and is_risk_removed"
        )
    }
    watched = {
        person_key(night, each["id_number"])
        for each in faults(night, "watched_without_aid")
        if each["months"] == "2025-06"
    }
    assert watched & removed
    assert watched - removed <= warned
    assert not warned & removed
    assert not night.sql(
        "select person_key from fct_alerts inner join fct_enrolments using (person_key) "
        "where signal_code = 'hardship_poverty_monitored' and last_month = '2025-06-01' "
        "and month = '2025-06-01' and id_status_code = 'valid'"
    )
