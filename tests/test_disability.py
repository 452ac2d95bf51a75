"""Who is severely disabled and has nothing: from the lists to the mart, by the answer key."""

from collections import Counter

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")

LAST = "month = date '2025-06-01'"


def test_whoever_is_of_the_first_grade_and_has_nothing_is_found_and_nobody_else(night: Night) -> None:
    rows = night.sql(
        "select person_key, count(distinct month) as months from fct_disabilities "
        "where disability_grade_code = 'one' and not has_any_benefit group by person_key"
    )
    planted = {person_key(night, fault["id_number"]) for fault in faults(night, "disability_without_benefit")}
    assert {row["person_key"] for row in rows} == planted
    assert {row["months"] for row in rows} == {16}  # from the first quarter's end, March 2024


@pytest.mark.parametrize("basis", ["hukou", "resident"])
def test_each_village_tells_how_many_of_the_first_grade_have_nothing(night: Night, basis: str) -> None:
    rows = night.sql(
        "select area_code, grade_one_without_benefit_count as persons from mart_disability_benefits "
        f"where {LAST} and basis_code = '{basis}' and level_code = 'village' and grade_one_without_benefit_count > 0"
    )
    planted = Counter(fault["area_code"] for fault in faults(night, "disability_without_benefit"))
    assert {row["area_code"]: row["persons"] for row in rows} == planted


def test_with_and_without_add_up_to_the_severely_disabled_at_every_level(night: Night) -> None:
    assert not night.sql(
        "select area_code from mart_disability_benefits where severe_persons_count "
        "<> benefited_count + without_benefit_count or benefited_count <> subsidised_count + enrolled_only_count"
    )
    [row] = night.sql(
        "select sum(case when level_code in ('district', 'special') then severe_persons_count end) as told, "
        f"(select count(*) from fct_disabilities where {LAST} and is_severe) as persons, "
        "sum(case when level_code = 'village' then enrolled_only_count end) as enrolled_only "
        f"from mart_disability_benefits where {LAST} and basis_code = 'hukou'"
    )
    assert int(row["told"]) == row["persons"] > 200
    assert int(row["enrolled_only"]) > 0


def test_enrolment_is_that_of_the_rosters(night: Night) -> None:
    [row] = night.sql(
        "select count(*) as persons from fct_disabilities as disabilities "
        "where is_enrolled <> exists (select 1 from fct_enrolments as enrolments "
        "where enrolments.person_key = disabilities.person_key and enrolments.month = disabilities.month "
        f"and enrolments.id_status_code = 'valid') and {LAST}"
    )
    assert row["persons"] == 0


def test_the_gap_table_serves_the_share_of_the_severely_disabled_who_have_something(night: Night) -> None:
    rows = night.json("gap", "--indicator", "disability_benefit_share")
    [district] = night.sql(
        f"select benefited_share from mart_disability_benefits where {LAST} and level_code = 'district' "
        "and basis_code = 'hukou'"
    )
    assert len(rows) == 9
    assert {row["district_value"] for row in rows} == {district["benefited_share"]}
