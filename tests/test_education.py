"""From the register to the funnel: identified → offered → declined → accepted, against the sample's answer key."""

from typing import Any

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")


def found(night: Night, code: str) -> dict[str, dict[str, Any]]:
    rows = night.sql(f"select * from mart_education_findings where finding_code = '{code}'")
    return {row["person_key"]: row for row in rows}


@pytest.mark.parametrize(
    ("name", "code", "count"),
    [
        ("declined_but_aided", "declined_but_aided", 3),
        ("aided_without_hardship", "aided_without_hardship", 5),
    ],
)
def test_who_is_paid_against_the_familys_word_or_without_being_listed_is_found_and_nobody_else(
    night: Night, name: str, code: str, count: int
) -> None:
    planted = faults(night, name)
    rows = found(night, code)
    assert len(planted) == count
    assert rows.keys() == {person_key(night, fault["id_number"]) for fault in planted}
    for fault in planted:
        row = rows[person_key(night, fault["id_number"])]
        assert float(row["aid_amount_yuan"]) == pytest.approx(fault["paid_yuan"])
        assert row["payments_count"] == len(fault["months"])
        assert [str(row["first_month"])[:7], str(row["last_month"])[:7]] == [fault["months"][0], fault["months"][-1]]


def test_who_was_identified_and_never_asked_or_not_again_after_a_lapsed_decline_is_found_and_nobody_else(
    night: Night,
) -> None:
    planted = faults(night, "never_offered") + faults(night, "decline_lapsed")
    rows = found(night, "not_offered")
    assert rows.keys() == {person_key(night, fault["id_number"]) for fault in planted}
    assert {str(rows[person_key(night, fault["id_number"])]["since_date"])[:10] for fault in planted} == {
        fault["event_date"] for fault in planted
    }


def test_a_decline_that_stands_is_no_missed_need_though_the_student_was_identified_anew(night: Night) -> None:
    for fault in faults(night, "decline_stands"):
        rows = night.sql(
            "select education_stage_code, is_offer_overdue from fct_education_months where month = date '2025-06-01' "
            f"and person_key = '{person_key(night, fault['id_number'])}'"
        )
        assert rows == [{"education_stage_code": "declined", "is_offer_overdue": False}]


def test_the_conflict_of_choice_and_duty_stands_in_the_funnel_of_its_months(night: Night) -> None:
    months: dict[str, int] = {}
    for fault in faults(night, "declined_but_aided"):
        for month in fault["months"]:
            months[month] = months.get(month, 0) + 1
    rows = night.sql(
        "select strftime(month, '%Y-%m') as month, sum(declined_but_aided_persons_count) as persons "
        "from mart_education_funnel where basis_code = 'resident' and level_code in ('district', 'special') "
        "group by all having persons > 0"
    )
    assert {row["month"]: int(row["persons"]) for row in rows} == months


def test_every_stage_of_the_funnel_adds_up_in_every_area_and_over_the_levels(night: Night) -> None:
    [row] = night.sql(
        "select count(*) as areas, count(*) filter (where identified_persons_count - declined_persons_count "
        "- accepted_persons_count <> missed_persons_count or offered_persons_count > identified_persons_count "
        "or accepted_persons_count + declined_persons_count > offered_persons_count "
        "or take_up_share <> accepted_persons_count / (identified_persons_count - declined_persons_count)) as wrong, "
        "sum(identified_persons_count) filter (where level_code = 'street') as streets, "
        "sum(identified_persons_count) filter (where level_code = 'district') as district "
        "from mart_education_funnel where month = date '2025-06-01'"
    )
    assert row["areas"] > 200
    assert row["wrong"] == 0
    assert row["streets"] == row["district"] > 300


def test_the_take_up_of_the_gap_table_is_that_of_the_funnel(night: Night) -> None:
    rows = night.sql(
        "select gap.area_code, gap.value, funnel.take_up_share, funnel.declined_persons_count "
        "from mart_regional_gap as gap inner join mart_education_funnel as funnel "
        "using (area_code, month, programme_code, basis_code) where indicator_code = 'education_take_up' "
        "and gap.level_code = 'street' and gap.month = date '2025-06-01'"
    )
    assert len(rows) == 18
    assert all(row["value"] == pytest.approx(row["take_up_share"]) for row in rows)
    assert any(row["declined_persons_count"] for row in rows)
    assert "教育救助接受率" in night.run("gap", "--indicator", "education_take_up", "--programme", "education")
