"""Findings: whom the answer key names is found by the rule, nobody else at tier A, and every yuan is a payment's."""

from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")

# Fault of the answer key → rule that finds it.
PLANTED = {
    "two_households": "two_households",
    "exclusive_programmes": "exclusive_programmes",
    "shared_account": "shared_account",
    "paid_after_death": "paid_after_death",
    "paid_in_custody": "paid_in_custody",
    "above_cap_without_backstop": "above_cap_without_backstop",
    "above_yearly_sum": "above_yearly_sum",
}


def findings(night: Night, rule: str) -> dict[str, dict[str, Any]]:
    rows = night.sql(f"select * from fct_findings where rule_code = '{rule}'")
    assert len({row["person_key"] for row in rows}) == len(rows)
    return {row["person_key"]: row for row in rows}


# … and who is found by it under another name.
MISNAMED = ("paid_after_death_misnamed", "paid_in_custody_misnamed")


@pytest.mark.parametrize("fault", PLANTED)
def test_a_rule_finds_every_person_planted_and_nobody_else(night: Night, fault: str) -> None:
    names = [fault, *(name for name in MISNAMED if name.startswith(fault))]
    expected = {person_key(night, planted["id_number"]) for name in names for planted in faults(night, name)}
    assert set(findings(night, PLANTED[fault])) == expected


@pytest.mark.parametrize("fault", ["two_households", "exclusive_programmes", "shared_account", "paid_after_death"])
def test_a_finding_names_its_benefit_months(night: Night, fault: str) -> None:
    for planted in faults(night, fault):
        finding = findings(night, PLANTED[fault])[person_key(night, planted["id_number"])]
        rows = night.sql(
            "select distinct strftime(month, '%Y-%m') as month from fct_finding_evidence "
            f"where finding_id = '{finding['finding_id']}' order by month"
        )
        assert [row["month"] for row in rows] == sorted(planted["months"])
        assert finding["month_count"] == len(planted["months"])


@pytest.mark.parametrize("fault", ["paid_after_death", "paid_in_custody", *MISNAMED])
def test_overpaid_yuan_are_payments_to_the_fen(night: Night, fault: str) -> None:
    for planted in faults(night, fault):
        finding = findings(night, fault.removesuffix("_misnamed"))[person_key(night, planted["id_number"])]
        # They live alone: the whole payment is their own share.
        assert Decimal(str(finding["overpaid_amount_yuan"])) == Decimal(str(planted["paid_yuan"]))


def test_who_is_dead_or_in_prison_under_another_name_is_looked_at_and_flags_nobody(night: Night) -> None:
    told = {
        (row["table_name"], row["person_key"]): row
        for row in night.sql("select * from fct_person_links where table_name in ('deaths', 'custody')")
    }
    signals = {(row["signal_code"], row["person_key"]): row for row in night.sql("select * from fct_alerts")}
    tiers = set()
    for fault, table in zip(MISNAMED, ("deaths", "custody"), strict=True):
        rule = fault.removesuffix("_misnamed")
        for planted in faults(night, fault):
            key = person_key(night, planted["id_number"])
            assert (told[table, key]["tier_code"], told[table, key]["link_status_code"]) == (
                planted["tier"],
                "to_review",
            )
            # A payment after a death or in custody alone would be red.
            assert findings(night, rule)[key]["tier_code"] == "B"
            assert signals[rule, key]["alert_level_code"] == "blue"
            tiers.add((rule, planted["tier"]))
    assert tiers == {("paid_after_death", "B"), ("paid_in_custody", "B"), ("paid_in_custody", "N")}
    [sure] = faults(night, "paid_in_custody")
    assert findings(night, "paid_in_custody")[person_key(night, sure["id_number"])]["tier_code"] == "A"


def test_a_second_name_under_one_number_is_looked_at_not_flagged(night: Night) -> None:
    rows = findings(night, "shared_id_number")
    assert len(rows) == len(faults(night, "id_number_twice"))
    assert {row["tier_code"] for row in rows.values()} == {"B"}


def test_a_contact_long_after_a_death_makes_the_record_doubtful_and_the_payment_a_question(night: Night) -> None:
    doubtful = findings(night, "death_record_doubtful")
    paid = findings(night, "paid_after_death")
    met = night.sql(
        "select distinct deaths.person_key from fct_deaths as deaths "
        "inner join dim_households as households on households.head_person_key = deaths.person_key "
        "inner join fct_visits as visits on visits.household_key = households.household_key "
        "where visits.visit_result_code <> 'not_met' and visits.visit_date > deaths.death_date + 60"
    )
    assert set(doubtful) == {row["person_key"] for row in met}
    misnamed = {person_key(night, planted["id_number"]) for planted in faults(night, "paid_after_death_misnamed")}
    for key, row in paid.items():
        assert row["tier_code"] == ("B" if key in misnamed or key in doubtful else "A")


def test_single_person_enrolments_inside_a_dibian_household_are_legitimate(night: Night) -> None:
    [row] = night.sql("select count(*) as persons from fct_enrolments where is_single_person")
    assert row["persons"] > 0
    rows = night.sql(
        "select 1 from fct_findings inner join fct_enrolments using (person_key) "
        "where rule_code = 'exclusive_programmes' and is_single_person"
    )
    assert rows == []


def test_the_leads_of_streets_add_up_to_the_district_and_every_rule_says_whether_it_could_be_asked(
    night: Night,
) -> None:
    rows = night.sql(
        "select rule_code, level_code, sum(findings_count) as leads, min(status) as status from mart_findings "
        "where basis_code = 'hukou' group by rule_code, level_code"
    )
    by_level = {(row["rule_code"], row["level_code"]): row for row in rows}
    for rule in {row["rule_code"] for row in rows}:
        assert by_level[rule, "street"]["leads"] == by_level[rule, "district"]["leads"]
        assert by_level[rule, "district"]["status"] == "ok"


def test_a_roster_that_one_programme_did_not_send_silences_the_rules_about_that_programme_alone(night: Night) -> None:
    [lost] = faults(night, "missing_month")
    assert lost["extract"] == "dibian_households、dibian_members"
    month = f"{lost['months']}-01"
    rows = night.sql(f"select * from fct_rule_months where month = date '{month}' and missing_feeds is not null")
    assert {row["rule_code"] for row in rows} >= {"two_households", "household_split", "grace_too_long"}
    assert {(row["silent_programmes"], row["is_suppressed"]) for row in rows} == {("dibian", False)}
    assert all("低边" in row["missing_feeds"] for row in rows)
    # Who is planted as a split household of 低保 is one in that month, too.
    for planted in faults(night, "household_split"):
        [row] = night.sql(
            "select count(*) as evidence from fct_finding_evidence where rule_code = 'household_split' "
            f"and person_key = '{person_key(night, planted['id_number'])}' and month = date '{month}'"
        )
        assert row["evidence"] == planted["months"].count(lost["months"]) == 1
    assert not night.sql(
        f"select 1 from fct_finding_evidence where month = date '{month}' and programme_code = 'dibian'"
    )
