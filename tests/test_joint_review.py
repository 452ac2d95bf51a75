"""The joint meetings' tasks, and what every department's list says of the persons under review."""

from collections import Counter

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")


def reviewed(night: Night, number: str) -> dict:
    [row] = night.sql(f"select * from fct_joint_reviews where person_key = '{person_key(night, number)}'")
    return row


def test_a_row_of_the_joint_review_tells_what_each_list_says_of_a_person(night: Night) -> None:
    for fault in faults(night, "paid_in_custody"):
        row = reviewed(night, fault["id_number"])
        assert (row["custody_code"], row["roster_code"]) == ("sentence", "dibao")
    dead = [reviewed(night, fault["id_number"]) for fault in faults(night, "paid_after_death")[:1]]
    assert dead[0]["death_code"] == "deceased"
    for fault in faults(night, "hardship_pending"):
        row = reviewed(night, fault["id_number"])
        assert (row["application_code"], row["roster_code"]) == ("dibao", None)
        assert (row["medical_code"], row["death_code"], row["list_count"]) == ("above_threshold", None, 1)
    for fault in faults(night, "only_on_platform"):
        if fault["months"] == "2025-06":
            key = person_key(night, fault["id_number"])
            assert night.sql(f"select * from fct_joint_reviews where person_key = '{key}'") == []
    for fault in faults(night, "only_on_roster"):
        if fault["months"] == "2025-06":
            assert reviewed(night, fault["id_number"])["platform_code"] is None


def test_the_joint_review_tells_who_has_insured_wages_how_much_and_whose_insurance_is_paused(night: Night) -> None:
    expected = {
        person_key(night, each["id_number"]): (status, yuan)
        for name, status, yuan in (
            ("wage_disregarded", "active", 3100),
            ("insurance_paused", "paused", None),
            ("income_above_line", "active", None),
        )
        for each in faults(night, name)
    }
    rows = night.sql(
        "select person_key, wage_code, wage_amount_yuan from fct_joint_reviews where wage_code is not null"
    )
    assert {row["person_key"] for row in rows} <= expected.keys()
    for row in rows:
        status, yuan = expected[row["person_key"]]
        assert row["wage_code"] == status
        if yuan or status == "paused":
            assert row["wage_amount_yuan"] == yuan
    planted = {person_key(night, e["id_number"]) for e in faults(night, "wage_disregarded")}
    planted |= {person_key(night, e["id_number"]) for e in faults(night, "insurance_paused")}
    assert planted <= {row["person_key"] for row in rows}


def test_everybody_of_the_rosters_with_a_good_number_is_under_review_once(night: Night) -> None:
    [row] = night.sql(
        "select count(*) = (select count(distinct person_key) from fct_enrolments "
        "where month = '2025-06-01' and id_status_code = 'valid') as is_all from fct_joint_reviews "
        "where roster_code is not null"
    )
    assert row == {"is_all": True}


def test_each_department_is_told_what_it_did_in_time_late_or_not_at_all(night: Night) -> None:
    expected = {"meeting_task_late": "late", "meeting_task_overdue": "overdue", "meeting_task_on_the_day": "in_time"}
    tasks = {
        (row["met"], row["task_no"]): row["task_outcome_code"]
        for row in night.sql(
            "select cast(meeting_date as varchar) as met, task_no, task_outcome_code from fct_meeting_tasks"
        )
    }
    for name, outcome in expected.items():
        assert {tasks[each["meeting_date"], each["task_no"]] for each in faults(night, name)} == {outcome}
    counts = Counter(tasks.values())
    assert counts["late"] == len(faults(night, "meeting_task_late"))
    assert counts["overdue"] == len(faults(night, "meeting_task_overdue"))
    assert counts["cancelled"] == 1
    late = {(each["lead_department_name"], each["months"]) for each in faults(night, "meeting_task_late")}
    rows = night.sql("select *, strftime(month, '%Y-%m') as due_month from mart_meeting_tasks")
    assert {(row["lead_department_name"], row["due_month"]) for row in rows if row["late_count"]} == late
    assert all(row["in_time_share"] < 1 and row["done_share"] == 1 for row in rows if row["late_count"])
    [overdue] = [row for row in rows if row["overdue_count"]]
    assert (overdue["done_share"], overdue["late_day_count_max"] > 300) == (0, True)
