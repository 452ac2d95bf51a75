"""The provincial platform against the department's rosters, who was found by data, and who is watched."""

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")

# Their numbers are wrong on the roster: the right ones on other offices' lists find nobody there.
UNIDENTIFIED = ("wrong_check_digit", "missing_id_number", "id_number_twice")
DIFFERENCES = """
    select strftime(listed.month, '%Y-%m') as month, listed.person_key as key
    from {left} as listed
    where listed.month >= date '2025-04-01' and not exists (
        select 1 from {right} as other
        where other.person_key = listed.person_key and other.month = listed.month
            and other.programme_code = listed.programme_code
    )
"""


def unidentified(night: Night) -> list[dict]:
    return [fault for name in UNIDENTIFIED for fault in faults(night, name)]


def test_only_on_the_platform_are_the_planted_persons_and_those_whose_number_the_roster_has_wrong(
    night: Night,
) -> None:
    rows = night.sql(DIFFERENCES.format(left="fct_platform_records", right="fct_enrolments"))
    expected = {(fault["months"], person_key(night, fault["id_number"])) for fault in faults(night, "only_on_platform")}
    months = {month for month, _ in expected}
    expected |= {(month, person_key(night, fault["id_number"])) for fault in unidentified(night) for month in months}
    assert {(row["month"], row["key"]) for row in rows} == expected


def test_only_on_the_roster_are_the_planted_persons_and_those_without_a_good_number(night: Night) -> None:
    rows = night.sql(
        DIFFERENCES.format(left="fct_enrolments", right="fct_platform_records") + " and listed.id_status_code = 'valid'"
    )
    expected = {(fault["months"], person_key(night, fault["id_number"])) for fault in faults(night, "only_on_roster")}
    assert {(row["month"], row["key"]) for row in rows} == expected


def test_the_reconciliation_counts_both_sides_per_programme_and_month(night: Night) -> None:
    rows = night.sql(
        "select strftime(month, '%Y-%m') as month, sum(roster_count) as roster, sum(platform_count) as platform, "
        "sum(only_platform_count) as only_platform, sum(only_roster_count) as only_roster, "
        "sum(roster_unidentified_count) as unidentified from mart_platform_reconciliation "
        "where level_code in ('district', 'special') and programme_code = 'dibao' group by all order by all"
    )
    assert [row["month"] for row in rows] == ["2025-04", "2025-05", "2025-06"]
    for row in rows:
        wrong = len(unidentified(night))
        platform = [fault for fault in faults(night, "only_on_platform") if fault["months"] == row["month"]]
        roster = [fault for fault in faults(night, "only_on_roster") if fault["months"] == row["month"]]
        assert int(row["unidentified"]) == wrong
        assert int(row["only_platform"]) == len(platform) + wrong
        assert int(row["only_roster"]) == len(roster) + wrong
        assert int(row["roster"]) - int(row["only_roster"]) == int(row["platform"]) - int(row["only_platform"])


def test_who_was_found_by_data_is_told_with_how_many_days_before(night: Night) -> None:
    found = [fault for fault in faults(night, "found_by_data") if fault["months"] > "2024-06"]
    rows = night.sql(
        "select sum(discovered_count) as persons, sum(discovered_count * lead_days_mean) as days, "
        "sum(new_recipients_count) - sum(discovered_count) - sum(self_applied_count) as rest "
        "from mart_proactive_discovery where level_code in ('district', 'special') and basis_code = 'hukou' "
        "and programme_code = 'dibao' and month = date '2025-06-01'"
    )
    [row] = rows
    assert int(row["persons"]) == len(found)
    assert row["days"] == pytest.approx(sum(fault["lead_days"] for fault in found))
    assert int(row["rest"]) == 0


def test_who_is_watched_against_poverty_and_in_no_layer_is_whom_the_answer_key_names(night: Night) -> None:
    rows = night.sql(
        "select strftime(watched.month, '%Y-%m') as month, watched.person_key as key "
        "from fct_poverty_monitoring as watched "
        "left join fct_layers as layers using (person_key, month) where layers.person_key is null"
    )
    planted = {
        (fault["months"], person_key(night, fault["id_number"])) for fault in faults(night, "watched_without_aid")
    }
    wrong = {person_key(night, fault["id_number"]) for fault in unidentified(night)}
    found = {(row["month"], row["key"]) for row in rows if row["key"] not in wrong}
    assert found == planted
    [told] = night.sql(
        "select sum(uncovered_count) as uncovered, sum(left_count) as gone, sum(covered_count) as covered, "
        "sum(monitored_count) as monitored from mart_poverty_monitoring "
        "where level_code in ('district', 'special') and basis_code = 'resident'"
    )
    assert int(told["uncovered"]) == len(rows)
    assert int(told["gone"]) > 0
    assert int(told["monitored"]) == sum(int(told[name]) for name in ("uncovered", "gone", "covered"))
