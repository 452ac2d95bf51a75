"""The provincial platform against the department's rosters, who was found by data, and who is watched."""

import polars as pl
import pytest

from tests.conftest import Night
from tests.sample.reading import month_of, read
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


def test_how_far_both_lists_agree_is_an_indicator_that_misses_the_planted_persons_and_nobody_else(night: Night) -> None:
    apart = {
        name: [fault for fault in faults(night, name) if fault["months"] == "2025-06"]
        for name in ("only_on_platform", "only_on_roster")
    }
    rows = night.json("gap", "--indicator", "platform_agreement_share")
    covered = night.answers["districts"][0]["covered"]["2025-06"]["dibao"]["persons"]
    wrong = len(unidentified(night))
    assert sum(row["numerator"] for row in rows) == covered - len(apart["only_on_roster"]) - wrong
    assert sum(row["denominator"] for row in rows) == covered + len(apart["only_on_platform"]) + wrong
    told = night.sql(
        "select area_code, level_code, agreement_share as share from mart_platform_reconciliation "
        "where programme_code = 'dibao' and month = date '2025-06-01' and level_code in ('street', 'district')"
    )
    assert {row["area_code"]: pytest.approx(row["value"]) for row in rows} == {
        row["area_code"]: row["share"] for row in told if row["level_code"] == "street"
    }
    [district] = [row["share"] for row in told if row["level_code"] == "district"]
    assert rows[0]["district_value"] == pytest.approx(district)


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


def test_everybody_whom_the_answer_key_says_was_found_is_a_new_recipient_with_those_days_and_nobody_else_is(
    night: Night,
) -> None:
    rows = night.sql(
        "select person_key, strftime(month, '%Y-%m') as month, lead_days from fct_new_recipients "
        "where lead_days is not null and programme_code = 'dibao' and basis_code = 'hukou'"
    )
    assert {(row["person_key"], row["month"], row["lead_days"]) for row in rows} == {
        (person_key(night, fault["id_number"]), fault["months"], fault["lead_days"])
        for fault in faults(night, "found_by_data")
    }


def test_the_gap_between_streets_in_who_was_found_by_data_is_that_of_the_mart_and_of_the_answer_key(
    night: Night,
) -> None:
    rows = night.json("gap", "--indicator", "discovered_share")
    found = {person_key(night, fault["id_number"]) for fault in faults(night, "found_by_data")}
    came = night.sql(
        "select ancestor_area_code as area_code, person_key from fct_new_recipients "
        "inner join dim_area_ancestors using (area_code) where programme_code = 'dibao' and basis_code = 'hukou' "
        "and month between date '2024-07-01' and date '2025-06-01'"
    )
    told = night.sql(
        "select area_code, level_code, discovered_share from mart_proactive_discovery "
        "where month = date '2025-06-01' and programme_code = 'dibao' and basis_code = 'hukou'"
    )
    shares = {row["area_code"]: row["discovered_share"] for row in told}
    assert len(rows) == 9
    for row in rows:
        new = [each["person_key"] for each in came if each["area_code"] == row["area_code"]]
        assert (row["numerator"], row["denominator"]) == (len(found & set(new)), len(new))
        assert row["value"] == pytest.approx(shares[row["area_code"]])
    [district] = [row["discovered_share"] for row in told if row["level_code"] == "district"]
    assert rows[0]["district_value"] == pytest.approx(district)
    assert sum(row["numerator"] for row in rows) > 50


def test_who_came_to_a_programme_is_not_told_to_be_found_where_a_roster_of_the_year_is_missing(night: Night) -> None:
    [silent] = faults(night, "missing_month")
    rows = night.sql(
        "select distinct strftime(month, '%Y-%m') as month, status from mart_indicators "
        "where indicator_code = 'discovered_share' and programme_code = 'dibian' and level_code = 'district'"
    )
    assert all((row["month"] >= silent["months"]) == (row["status"] == "no_data") for row in rows)
    assert {row["status"] for row in rows} >= {"no_data", "ok"}


def test_the_share_of_the_watched_whose_risk_is_removed_is_that_of_the_list_in_every_street(night: Night) -> None:
    listed = (
        read(night.data / "inbox", "poverty_monitoring")
        .filter(pl.col("title").map_elements(month_of, return_dtype=pl.String) == "2025-06")
        .group_by("hukou_street_name")
        .agg(watched=pl.len(), removed=(pl.col("is_risk_removed") == "是").sum())
    )
    expected = {row["hukou_street_name"]: (row["removed"], row["watched"]) for row in listed.to_dicts()}
    rows = night.json("gap", "--indicator", "poverty_risk_removed_share")
    told = {row["area_name"]: (row["numerator"], row["denominator"]) for row in rows if row["denominator"]}
    assert told == {name: expected[name] for name in told}
    assert {row["area_name"] for row in rows} - told.keys() == {row["area_name"] for row in rows} - expected.keys()
    [mart] = night.sql(
        "select sum(risk_removed_count) as removed, sum(monitored_count) as watched from mart_poverty_monitoring "
        "where level_code = 'district' and basis_code = 'hukou' and month = date '2025-06-01'"
    )
    assert sum(removed for removed, _ in told.values()) == int(mart["removed"]) == 13
    assert rows[0]["district_value"] == pytest.approx(13 / int(mart["watched"]))


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
