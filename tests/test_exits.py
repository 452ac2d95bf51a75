"""Who leaves and how: grace periods that go wrong, exits by reason, who comes back, reviews done in time."""

from decimal import Decimal

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key
from tests.test_findings import findings

pytestmark = pytest.mark.xdist_group("night")

DISTRICT = "339900000000"
PAID = ("grace_too_long", "grace_without_dibao", "grace_above_top_up", "grace_ended_still_paid")


@pytest.mark.parametrize("fault", [*PAID, "grace_without_review"])
def test_every_grace_period_that_goes_wrong_is_found_with_its_months_and_no_other(night: Night, fault: str) -> None:
    [planted] = faults(night, fault)
    found = findings(night, fault)
    assert set(found) == {person_key(night, planted["id_number"])}
    [finding] = found.values()
    rows = night.sql(
        "select distinct strftime(month, '%Y-%m') as month from fct_finding_evidence "
        f"where finding_id = '{finding['finding_id']}' order by month"
    )
    months = planted["months"] if isinstance(planted["months"], list) else [planted["months"]]
    assert [row["month"] for row in rows] == months


@pytest.mark.parametrize("fault", PAID)
def test_what_a_grace_period_costs_too_much_reconciles_with_the_payments_to_the_fen(night: Night, fault: str) -> None:
    [planted] = faults(night, fault)
    [finding] = findings(night, fault).values()
    assert Decimal(str(finding["overpaid_amount_yuan"])) == Decimal(str(planted["overpaid_yuan"]))
    [paid] = night.sql(
        "select sum(payments.paid_amount_yuan) as yuan from fct_payments as payments "
        "inner join fct_finding_evidence as evidence on payments.household_key = evidence.household_key "
        "and payments.benefit_month = evidence.month and payments.programme_code = evidence.programme_code "
        f"where is_successful and evidence.finding_id = '{finding['finding_id']}'"
        + (" and component_code = 'basic'" if fault == "grace_above_top_up" else "")
    )
    [told] = night.sql(
        "select sum(evidence_amount_yuan) as yuan from fct_finding_evidence "
        f"where finding_id = '{finding['finding_id']}'"
    )
    assert Decimal(str(told["yuan"])) == Decimal(str(paid["yuan"]))


def test_a_grace_period_of_exactly_as_many_months_as_allowed_is_fine(night: Night) -> None:
    [planted] = faults(night, "grace_at_limit")
    key = person_key(night, planted["id_number"])
    [row] = night.sql(
        "select max(graces.month_count) as months from fct_grace_periods as graces "
        f"inner join dim_households as households using (household_key) where households.head_person_key = '{key}'"
    )
    assert row["months"] == 6
    rows = night.sql(f"select rule_code from fct_findings where person_key = '{key}' and rule_code like 'grace%'")
    assert rows == []


def test_exits_of_the_district_are_those_of_the_rosters_by_reason(night: Night) -> None:
    [told] = night.sql(
        "select * from mart_exits where programme_code = 'dibao' and basis_code = 'hukou' "
        f"and area_code = '{DISTRICT}' and month = '2025-06-01'"
    )
    rows = night.sql(
        "select reason_code, count(*) as persons from fct_enrolment_changes where flow_code = 'exit' "
        "and basis_code = 'hukou' and programme_code = 'dibao' and month between '2024-07-01' and '2025-06-01' "
        "and reason_code <> 'suspended' group by reason_code"
    )
    changes = {row["reason_code"]: row["persons"] for row in rows}
    assert told["exits_count"] == sum(changes.values())
    for reason in ("voluntary", "income", "death", "moved", "custody"):
        assert told[f"exits_{reason}_count"] == changes[reason]
    assert told["voluntary_exit_share"] == pytest.approx(changes["voluntary"] / sum(changes.values()))
    assert 0 < told["reentries_count"] < told["exits_count"]
    assert told["exits_after_grace_count"] > 0


def test_streets_add_up_to_the_district_in_exits_and_reviews(night: Night) -> None:
    rows = night.sql(
        "select month, programme_code, "
        "sum(exits_count + reviews_due_count) filter (level_code = 'street') as streets, "
        "sum(exits_count + reviews_due_count) filter (level_code = 'district') as district "
        "from mart_exits where basis_code = 'hukou' and status <> 'no_data' group by all"
    )
    assert rows
    assert all(row["streets"] == row["district"] for row in rows)


def test_a_month_without_its_roster_has_no_exits_rather_than_none(night: Night) -> None:
    rows = night.sql(
        "select distinct status, exits_count from mart_exits where programme_code = 'dibian' and month = '2025-01-01'"
    )
    assert rows == [{"status": "no_data", "exits_count": None}]


def test_the_share_of_reviews_done_in_time_is_that_of_the_answer_key_down_to_the_gap_table(night: Night) -> None:
    [key] = faults(night, "reviews_not_in_time")
    [told] = night.sql(
        "select reviews_due_count as due, reviews_in_time_count as in_time, review_on_time_share as share "
        "from mart_exits where programme_code = 'dibao' and basis_code = 'hukou' "
        f"and area_code = '{DISTRICT}' and month = '2025-06-01'"
    )
    assert (told["due"], told["in_time"]) == (key["due"], key["in_time"])
    assert told["share"] == pytest.approx(key["in_time"] / key["due"])
    rows = night.json("gap", "--indicator", "review_on_time_share", "--level", "street")
    assert len(rows) >= 8
    assert rows[0]["district_value"] == pytest.approx(key["in_time"] / key["due"])


def test_who_is_taken_in_while_barred_is_found_and_who_comes_after_the_bar_is_not(night: Night) -> None:
    found = findings(night, "taken_in_while_barred")
    planted = faults(night, "taken_in_while_barred")
    assert set(found) == {person_key(night, each["id_number"]) for each in planted}
    for each in planted:
        row = found[person_key(night, each["id_number"])]
        assert row["month_count"] == len(each["months"])
    [after] = faults(night, "taken_in_after_bar")
    [told] = night.sql(
        "select cast(reentry_month as varchar) as reentry from fct_misreports "
        f"where person_key = '{person_key(night, after['id_number'])}'"
    )
    assert told["reentry"] is None


def test_every_misreport_of_the_register_stands_in_the_district(night: Night) -> None:
    [told] = night.sql(
        "select misreports_count as count from mart_exits where programme_code = 'dibao' and basis_code = 'resident' "
        f"and area_code = '{DISTRICT}' and month = '2025-06-01'"
    )
    [listed] = night.sql("select count(*) as count from fct_misreports where month >= '2024-07-01'")
    assert told["count"] == listed["count"] > 30
