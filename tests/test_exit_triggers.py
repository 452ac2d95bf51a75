"""Who should have left and has not: deaths, custody, moves, wages, reviews, from files to the marts."""

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key
from tests.test_findings import findings

pytestmark = pytest.mark.xdist_group("night")


def test_a_death_that_only_a_doctor_or_the_funeral_parlour_knows_of_is_found(night: Night) -> None:
    planted = [fault for fault in faults(night, "paid_after_death") if fault["extract"] != "payments"]
    assert {fault["extract"] for fault in planted} == {"death_certificates", "cremations"}
    for fault in planted:
        key = person_key(night, fault["id_number"])
        [death] = night.sql(
            "select strftime(death_date, '%Y-%m-%d') as day, source_count, source_names from fct_deaths "
            f"where person_key = '{key}'"
        )
        source = "卫健死亡医学证明" if fault["extract"] == "death_certificates" else "民政火化登记"
        assert death == {"day": fault["event_date"], "source_count": 1, "source_names": source}
        assert float(findings(night, "paid_after_death")[key]["overpaid_amount_yuan"]) == fault["paid_yuan"]


def test_sources_that_differ_by_weeks_are_seen_and_the_first_by_rank_counts(night: Night) -> None:
    rows = night.sql(
        "select person_key, days_apart_count, death_source_name from fct_deaths where days_apart_count > 7"
    )
    assert {row["person_key"]: row["days_apart_count"] for row in rows} == {
        person_key(night, fault["id_number"]): fault["days_apart"] for fault in faults(night, "death_sources_disagree")
    }
    assert {row["death_source_name"] for row in rows} == {"卫健死亡医学证明"}


@pytest.mark.parametrize("fault", ["death_withdrawn", "custody_remand", "custody_released"])
def test_who_is_alive_again_held_on_suspicion_or_let_go_before_is_no_finding(night: Night, fault: str) -> None:
    for planted in faults(night, fault):
        key = person_key(night, planted["id_number"])
        assert not night.sql(f"select 1 from fct_deaths where person_key = '{key}'")
        assert not night.sql(
            f"select 1 from fct_findings where person_key = '{key}' "
            "and rule_code in ('paid_after_death', 'paid_in_custody')"
        )
        [stays] = night.sql(f"select count(*) as stays from fct_custody where person_key = '{key}'")
        assert stays["stays"] == (0 if fault == "death_withdrawn" else 1)


# Fault of the answer key → rule that finds who is still on the roster.
STILL_ENROLLED = {
    "moved_away": "moved_away_still_enrolled",
    "income_above_line": "income_above_line",
    "assets_above_limit": "assets_above_limit",
    "work_refusals": "work_refused_still_enrolled",
    "check_refused": "check_refused",
    "validity_expired": "validity_expired",
}


@pytest.mark.parametrize("fault", STILL_ENROLLED)
def test_who_should_have_left_and_is_on_the_roster_a_month_later_is_a_lead_and_nobody_else(
    night: Night, fault: str
) -> None:
    found = findings(night, STILL_ENROLLED[fault])
    assert set(found) == {person_key(night, planted["id_number"]) for planted in faults(night, fault)}
    assert {row["tier_code"] for row in found.values()} == {"B"}


@pytest.mark.parametrize(
    "fault", ["moved_away", "income_above_line", "assets_above_limit", "check_refused", "validity_expired"]
)
def test_a_trigger_begins_in_the_month_of_the_answer_key(night: Night, fault: str) -> None:
    for planted in faults(night, fault):
        key = person_key(night, planted["id_number"])
        [row] = night.sql(
            "select strftime(first_month, '%Y-%m') as month, household_key is not null as has_household "
            f"from fct_exit_triggers where person_key = '{key}' and trigger_code = '{fault}'"
        )
        assert row == {"month": planted["months"], "has_household": True}


@pytest.mark.parametrize(
    "fault", ["moved_back", "moved_within", "wage_disregarded", "insurance_paused", "review_cleared"]
)
def test_who_came_back_keeps_a_lawful_part_of_the_wage_or_was_found_fit_triggers_nothing(
    night: Night, fault: str
) -> None:
    for planted in faults(night, fault):
        key = person_key(night, planted["id_number"])
        assert not night.sql(f"select 1 from fct_exit_triggers where person_key = '{key}'")


def test_a_wage_within_the_disregard_is_told_with_what_is_left_out_of_account(night: Night) -> None:
    for planted in faults(night, "wage_disregarded"):
        key = person_key(night, planted["id_number"])
        rows = night.sql(
            "select wages.* from fct_household_wages as wages "
            "inner join fct_enrolments as enrolments using (household_key, programme_code, month) "
            f"where enrolments.person_key = '{key}'"
        )
        assert len(rows) == 9
        assert {row["wage_amount_yuan"] == row["disregarded_amount_yuan"] for row in rows} == {True}


def test_who_earns_too_much_and_leaves_in_time_or_by_a_grace_period_is_no_lead(night: Night) -> None:
    left = {person_key(night, planted["id_number"]) for planted in faults(night, "left_for_income")}
    rows = night.sql(
        "select person_key, lifecycle_code, months_to_exit_count from fct_exit_triggers "
        "where trigger_code = 'income_above_line'"
    )
    in_time = {row["person_key"] for row in rows if (row["months_to_exit_count"] or 99) <= 3}
    assert in_time == left
    # Three months of 渐退 after the month in which they began to earn.
    assert {row["months_to_exit_count"] for row in rows if row["person_key"] in left} == {1, 3}
    assert not left & set(findings(night, "income_above_line"))


def test_the_share_that_left_in_time_rests_on_the_triggers_one_by_one(night: Night) -> None:
    [expected] = night.sql(
        "select count(*) as due, count(*) filter (where months_to_exit_count <= 3) as left_in_time "
        "from fct_exit_triggers where programme_code = 'dibao' "
        "and first_month + interval 3 month <= date '2025-06-01' "
        "and first_month + interval 15 month > date '2025-06-01' "
        "and coalesce(cleared_month > first_month + interval 3 month, true) "
        "and coalesce(dismissed_month > date '2025-06-01', true)"
    )
    [row] = night.sql(
        "select due_count as due, exited_in_time_count as left_in_time, timely_exit_share, status, "
        "triggered_count - stopped_count - cleared_count - still_enrolled_count as rest from mart_exit_triggers "
        "where month = date '2025-06-01' and programme_code = 'dibao' and basis_code = 'hukou' "
        "and level_code = 'district'"
    )
    assert expected["left_in_time"] < expected["due"]
    assert row == expected | {
        "timely_exit_share": expected["left_in_time"] / expected["due"],
        "status": "ok",
        "rest": 0,
    }
    assert not night.sql(
        "select month, programme_code, basis_code from mart_exit_triggers group by month, programme_code, basis_code "
        "having sum(case when level_code = 'street' then triggered_count end) "
        "<> sum(case when level_code = 'district' then triggered_count end)"
    )


def test_a_trigger_is_what_came_of_its_lead_and_every_other_one_is_what_the_roster_shows(night: Night) -> None:
    rows = night.sql("select * from fct_exit_triggers")
    told = {(row["rule_code"], row["person_key"]): row for row in rows}
    decided = {
        (fault["rule"], person_key(night, fault["id_number"])): fault for fault in faults(night, "finding_decided")
    }
    about = told.keys() & decided.keys()
    assert {decided[lead]["outcome"] for lead in about} == {"verified", "grace", "stopped", "cleared"}
    for lead in about:
        assert (told[lead]["lifecycle_code"], told[lead]["decided_date"]) == (
            decided[lead]["outcome"],
            decided[lead]["decided_date"],
        )
    assert {row["lifecycle_code"] for lead, row in told.items() if lead not in about} == {"triggered", "stopped"}


def test_a_trigger_that_a_case_worker_has_dismissed_is_due_in_no_month_and_a_lead_no_longer(night: Night) -> None:
    [fault] = [fault for fault in faults(night, "finding_decided") if fault["rule"] == "assets_above_limit"]
    key = person_key(night, fault["id_number"])
    [row] = night.sql(f"select * from fct_exit_triggers where person_key = '{key}'")
    assert (row["first_month"], row["dismissed_month"], row["cleared_month"]) == (
        "2025-03-01",
        "2025-05-01",
        "2025-05-01",
    )
    assert row["decision_reason_code"] == "within_rules"
    [finding] = night.sql(f"select * from fct_findings where person_key = '{key}' and rule_code = 'assets_above_limit'")
    assert (finding["last_month"], finding["finding_status_code"], finding["is_reopened"]) == (
        "2025-04-01",
        "cleared",
        False,
    )
    # Three months after March he is still there, and so are the two others whom a review of March found.
    [district] = night.sql(
        "select assets_above_limit_count, cleared_count, confirmed_count, due_count from mart_exit_triggers "
        "where month = date '2025-06-01' and programme_code = 'dibao' and basis_code = 'hukou' "
        "and level_code = 'district'"
    )
    [due] = night.sql(
        "select count(*) filter (first_month <= date '2025-03-01' and first_month > date '2024-03-01') as due "
        "from fct_exit_triggers where programme_code = 'dibao' and trigger_code <> 'assets_above_limit'"
    )
    assert (district["assets_above_limit_count"], district["cleared_count"]) == (1, 1)
    assert district["due_count"] == due["due"]


def test_a_month_without_its_roster_says_so(night: Night) -> None:
    rows = night.sql(
        "select distinct status, triggered_count from mart_exit_triggers "
        "where month = date '2025-01-01' and programme_code = 'dibian'"
    )
    assert rows == [{"status": "no_data", "triggered_count": None}]


def test_the_gap_table_serves_the_share_that_left_in_time(night: Night) -> None:
    rows = night.json("gap", "--indicator", "timely_exit_share", "--programme", "dibao")
    [district] = night.sql(
        "select timely_exit_share from mart_exit_triggers where month = date '2025-06-01' "
        "and programme_code = 'dibao' and basis_code = 'hukou' and level_code = 'district'"
    )
    assert len(rows) == 9
    assert {row["district_value"] for row in rows} == {district["timely_exit_share"]}
