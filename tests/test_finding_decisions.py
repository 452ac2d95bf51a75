"""What came of the leads: decisions of the worklists against the answer key, due dates, and how good each rule is."""

from datetime import date
from typing import Any

import pytest
from scipy.stats import binomtest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")

STATUS = {"reopened": "triggered", "incomplete": "triggered"}


@pytest.fixture(scope="module")
def findings(night: Night) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["rule_code"], row["person_key"]): row for row in night.sql("select * from fct_findings")}


def about(night: Night, fault: dict[str, Any]) -> tuple[str, str]:
    return fault["rule"], person_key(night, fault["id_number"])


def test_a_decision_moves_the_status_of_its_lead_and_of_no_other(
    night: Night, findings: dict[tuple[str, str], dict[str, Any]]
) -> None:
    decided = {about(night, fault): fault for fault in faults(night, "finding_decided")}
    assert {key for key, row in findings.items() if row["finding_status_code"] != "triggered"} == decided.keys()
    for key, fault in decided.items():
        assert findings[key]["finding_status_code"] == fault["outcome"]
        assert findings[key]["decided_date"] == fault["decided_date"]


def test_a_cleared_lead_that_goes_on_is_open_again_and_late_from_then(
    night: Night, findings: dict[tuple[str, str], dict[str, Any]]
) -> None:
    reopened = {about(night, fault) for fault in faults(night, "finding_reopened")}
    assert {key for key, row in findings.items() if row["is_reopened"]} == reopened
    for key in reopened:
        # Cleared in October 2024, on the roster again in November: five working days from the end of that month.
        assert findings[key]["finding_status_code"] == "triggered"
        assert (findings[key]["found_date"], findings[key]["due_date"]) == ("2024-11-30", "2024-12-06")
        assert findings[key]["is_overdue"] is True


def test_a_clearing_without_a_reason_and_a_decision_about_nobody_change_nothing_and_are_counted(
    night: Night, findings: dict[tuple[str, str], dict[str, Any]]
) -> None:
    incomplete = {about(night, fault) for fault in faults(night, "decision_without_reason")}
    assert {key for key, row in findings.items() if row["has_incomplete_decision"]} == incomplete
    unmatched = {about(night, fault) for fault in faults(night, "decision_unmatched")}
    rows = night.sql("select rule_code, person_key from fct_finding_decisions where not is_matched")
    assert {(row["rule_code"], row["person_key"]) for row in rows} == unmatched
    [row] = night.sql("select sum(incomplete_count) as i, sum(unmatched_count) as u from mart_rule_precision")
    assert (int(row["i"]), int(row["u"])) == (len(incomplete), len(unmatched))


def test_the_clock_of_a_lead_skips_the_holiday_and_counts_the_day_worked_for_it(
    night: Night, findings: dict[tuple[str, str], dict[str, Any]]
) -> None:
    # Found on 30 September 2024: seven days off, then 8 to 11 October and Saturday the 12th, which is worked.
    rows = [row for (rule, _), row in findings.items() if rule == "two_households"]
    assert {(row["found_date"], row["due_date"]) for row in rows} == {("2024-09-30", "2024-10-12")}
    end = date(2025, 6, 30).isoformat()
    for row in findings.values():
        assert row["is_overdue"] == (row["finding_status_code"] == "triggered" and row["due_date"] < end)


def test_the_precision_of_a_rule_is_what_the_answer_key_makes_of_it(night: Night) -> None:
    told = [fault["outcome"] for fault in faults(night, "finding_decided") if fault["rule"] == "above_yearly_sum"]
    right = sum(outcome != "cleared" for outcome in told)
    [row] = night.sql("select * from mart_rule_precision where rule_code = 'above_yearly_sum'")
    assert (row["decided_count"], row["confirmed_count"], row["status"]) == (len(told), right, "ok")
    low, high = binomtest(right, len(told)).proportion_ci(method="wilson")
    assert row["precision_share"] == pytest.approx(right / len(told))
    assert (row["precision_low"], row["precision_high"]) == (
        pytest.approx(low, abs=1e-6),
        pytest.approx(high, abs=1e-6),
    )


def test_the_states_of_a_streets_leads_add_up_and_the_share_on_time_is_an_indicator(night: Night) -> None:
    rows = night.sql(
        "select findings_count - triggered_count - verified_count - grace_count - stopped_count - cleared_count "
        "as rest, "
        "overdue_count <= triggered_count as is_sound from mart_findings"
    )
    assert {(row["rest"], row["is_sound"]) for row in rows} == {(0, True)}
    shown = night.json("gap", "--indicator", "findings_on_time_share", "--programme", "temporary")
    [due] = night.sql(
        "select count(*) as leads, count(*) filter (first_decided_date <= due_date and not is_reopened) as on_time "
        "from fct_findings where due_date between date '2024-07-01' and date '2025-06-30' and finding_id in "
        "(select finding_id from fct_finding_evidence where programme_code = 'temporary')"
    )
    assert sum(row["denominator"] or 0 for row in shown) == due["leads"] > due["on_time"] > 0
    assert sum(row["numerator"] or 0 for row in shown) == due["on_time"]
