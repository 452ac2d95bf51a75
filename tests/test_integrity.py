"""Split households, one event paid for twice, sums that are capped together: whom the answer key names, nobody else."""

from decimal import Decimal

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key
from tests.test_findings import findings

pytestmark = pytest.mark.xdist_group("night")

# What looks like the fault and is none, by the rule that must not find it.
LEGITIMATE = {
    "household_split": "household_parted",
    "same_invoice": "paid_within_invoice",
    "same_disaster": "another_disaster",
    "above_special_sum": "at_special_sum",
}


@pytest.mark.parametrize("rule", ["household_split", "same_invoice", "same_disaster", "same_semester"])
def test_a_rule_of_integrity_finds_every_person_planted_and_nobody_else(night: Night, rule: str) -> None:
    found = findings(night, rule)
    assert set(found) == {person_key(night, each["id_number"]) for each in faults(night, rule)}


@pytest.mark.parametrize("rule", LEGITIMATE)
def test_what_only_looks_like_it_is_no_finding(night: Night, rule: str) -> None:
    found = findings(night, rule)
    assert found
    for each in faults(night, LEGITIMATE[rule]):
        assert person_key(night, each["id_number"]) not in found


def test_a_split_is_a_lead_for_review_from_the_month_in_which_the_single_is_enrolled(night: Night) -> None:
    found = findings(night, "household_split")
    assert {row["tier_code"] for row in found.values()} == {"B"}
    assert {row["overpaid_amount_yuan"] for row in found.values()} == {None}
    # 低边's roster that is missing in one of the months silences nothing about 低保.
    for each in faults(night, "household_split"):
        row = found[person_key(night, each["id_number"])]
        assert row["first_month"][:7] == each["months"][0]
        assert row["month_count"] == len(each["months"])


@pytest.mark.parametrize("rule", ["same_invoice", "same_disaster", "same_semester"])
def test_what_an_event_is_overpaid_reconciles_with_the_payments_for_it_to_the_fen(night: Night, rule: str) -> None:
    found = findings(night, rule)
    for each in faults(night, rule):
        key = person_key(night, each["id_number"])
        assert Decimal(str(found[key]["overpaid_amount_yuan"])) == Decimal(str(each["overpaid_yuan"]))
        [paid] = night.sql(
            "select sum(aided_amount_yuan) as yuan, sum(overpaid_amount_yuan) as overpaid from fct_aided_events "
            f"where is_paid_twice and person_key = '{key}'"
        )
        assert Decimal(str(paid["yuan"])) == Decimal(str(each["paid_yuan"]))
        assert Decimal(str(paid["overpaid"])) == Decimal(str(each["overpaid_yuan"]))


def test_temporary_assistance_and_charity_together_above_twelve_standards_are_found(night: Night) -> None:
    found = findings(night, "above_special_sum")
    assert set(found) == {person_key(night, each["id_number"]) for each in faults(night, "above_special_sum")}
    for each in faults(night, "above_special_sum"):
        overpaid = found[person_key(night, each["id_number"])]["overpaid_amount_yuan"]
        assert Decimal(str(overpaid)) == Decimal(str(each["overpaid_yuan"]))


def test_a_person_enrolled_alone_out_of_a_dibian_household_is_no_split(night: Night) -> None:
    rows = night.sql(
        "select 1 from fct_findings inner join fct_enrolments using (person_key) "
        "where rule_code = 'household_split' and is_single_person"
    )
    assert rows == []
