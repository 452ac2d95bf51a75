"""Training that fits or not, and three refusals of work: from files to the marts, by the answer key."""

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")

LAST = "month = date '2025-06-01'"


def test_a_class_that_nobody_needed_is_seen_in_its_village(night: Night) -> None:
    for fault in faults(night, "training_unmatched"):
        rows = night.sql(
            "select trainings_count, need_matched_count, wish_matched_count, unmatched_followed_up_count, "
            "unmatched_employed_count, need_match_share, status from mart_training_match "
            f"where {LAST} and area_code = '{fault['area_code']}'"
        )
        assert len(rows) == 2
        for row in rows:
            assert row == {
                "trainings_count": fault["trained"],
                "need_matched_count": fault["need_matched"],
                "wish_matched_count": fault["wish_matched"],
                "unmatched_followed_up_count": fault["trained"],
                "unmatched_employed_count": fault["employed"],
                "need_match_share": 0,
                "status": "ok",
            }


@pytest.mark.parametrize("basis", ["hukou", "resident"])
def test_what_was_trained_matched_and_came_of_it_adds_up_to_what_the_office_knows(night: Night, basis: str) -> None:
    [fault] = faults(night, "training_unmatched")
    [row] = night.sql(
        "select sum(trainings_count) as trained, sum(assessed_count) as assessed, "
        "sum(need_matched_count) as need_matched, sum(wish_matched_count) as wish_matched, "
        "sum(matched_followed_up_count) as matched_followed_up, sum(matched_employed_count) as matched_employed, "
        "sum(unmatched_followed_up_count) as unmatched_followed_up, "
        "sum(unmatched_employed_count) as unmatched_employed from mart_training_match "
        f"where {LAST} and basis_code = '{basis}' and level_code in ('district', 'special')"
    )
    assert {name: int(value) for name, value in row.items()} == fault["district"]


def test_whoever_got_the_course_needed_works_more_often(night: Night) -> None:
    rows = night.sql(
        "select matched_employed_share - unmatched_employed_share as more from mart_training_match "
        f"where {LAST} and level_code = 'district'"
    )
    assert [row["more"] > 0.1 for row in rows] == [True, True]


def test_streets_add_up_to_the_district(night: Night) -> None:
    assert not night.sql(
        "select month, basis_code from mart_training_match group by month, basis_code "
        "having sum(case when level_code = 'street' then trainings_count end) "
        "<> sum(case when level_code = 'district' then trainings_count end)"
    )


def test_the_gap_table_serves_how_many_courses_fit(night: Night) -> None:
    rows = night.json("gap", "--indicator", "training_match_share", "--programme", "employment")
    [district] = night.sql(
        f"select need_match_share from mart_training_match where {LAST} and level_code = 'district' "
        "and basis_code = 'hukou'"
    )
    assert len(rows) == 9
    assert {row["district_value"] for row in rows} == {district["need_match_share"]}


def test_three_refusals_within_six_months_are_found_and_no_others(night: Night) -> None:
    found = {
        row["person_key"]: (row["month"], row["refusals_count"], row["programme_code"])
        for row in night.sql(
            "select person_key, strftime(month, '%Y-%m') as month, refusals_count, programme_code "
            "from mart_work_refusals"
        )
    }
    planted = faults(night, "work_refusals")
    assert found == {
        person_key(night, fault["id_number"]): (fault["months"][-1], len(fault["months"]), "dibao") for fault in planted
    }


@pytest.mark.parametrize(
    ("name", "counted"),
    [("work_refusals_spread", 3), ("work_refusals_justified", 2), ("work_refusals_not_enrolled", 3)],
)
def test_refusals_over_eight_months_for_a_good_reason_or_of_nobody_enrolled_are_no_finding(
    night: Night, name: str, counted: int
) -> None:
    for fault in faults(night, name):
        key = person_key(night, fault["id_number"])
        [row] = night.sql(
            "select count(*) filter (where is_refused) as refused, "
            "count(*) filter (where is_counted_refusal) as counted, "
            f"(select count(*) from mart_work_refusals where person_key = '{key}') as findings "
            f"from fct_job_offers where person_key = '{key}'"
        )
        assert row == {"refused": 3, "counted": counted, "findings": 0}


def test_what_may_be_stopped_is_the_persons_own_share_of_the_top_up(night: Night) -> None:
    rows = night.sql(
        "select refusals.own_share_amount_yuan as yuan, households.entitlement_amount_yuan / households.enrolled_count "
        "as share from mart_work_refusals as refusals "
        "inner join fct_household_enrolments as households using (household_key, programme_code, month)"
    )
    assert len(rows) == len(faults(night, "work_refusals"))
    for row in rows:
        assert float(row["yuan"]) == pytest.approx(float(row["share"]), abs=0.005)
        assert float(row["yuan"]) > 0


def test_every_month_tells_who_is_registered_as_unemployed_and_who_is_insured(night: Night) -> None:
    rows = night.sql(
        "select month, count(*) as persons, count(*) filter (where is_insured) as insured, "
        "count(*) filter (where hukou_area_code = 'unknown' or residence_area_code = 'unknown') as unknown "
        "from fct_unemployment_registrations group by month"
    )
    assert len(rows) == 18
    assert all(0 < row["insured"] < row["persons"] and row["unknown"] == 0 for row in rows)


def test_who_took_up_work_while_enrolled_keeps_a_part_and_the_area_tells_how_many_and_how_many_yuan(
    night: Night,
) -> None:
    kept = {person_key(night, each["id_number"]) for each in faults(night, "wage_disregarded")}
    above = {person_key(night, each["id_number"]) for each in faults(night, "income_above_line")}
    paused = {person_key(night, each["id_number"]) for each in faults(night, "insurance_paused")}
    rows = night.sql(
        "select person_key, disregarded_count, disregarded_amount_yuan as yuan, wages.hukou_area_code as village "
        "from fct_household_wages as wages "
        "inner join fct_enrolments using (household_key, programme_code, month) where month = '2025-06-01'"
    )
    found = {row["person_key"]: float(row["yuan"]) for row in rows}
    assert kept <= found.keys() <= kept | above
    assert not paused & found.keys()
    assert {found[person] for person in kept} == {3100}
    # Three standards of 1301 yuan are left of the two high wages; the twelve months of the third are over.
    assert sorted(found[person] for person in found.keys() - kept) == [0, 3903, 3903]
    for basis in ("hukou", "resident"):
        [told] = night.sql(
            "select sum(earning_households_count) as earning, sum(disregarded_households_count) as households, "
            "sum(disregarded_persons_count) as persons, sum(disregarded_amount_yuan) as yuan "
            f"from mart_employment_disregard where {LAST} and programme_code = 'dibao' and basis_code = '{basis}' "
            "and level_code in ('district', 'special')"
        )
        counted = len([yuan for yuan in found.values() if yuan])
        assert {name: float(value) for name, value in told.items()} == {
            "earning": len(found),
            "households": counted,
            "persons": counted,
            "yuan": sum(found.values()),
        }
    for person in kept:
        [row] = [each for each in rows if each["person_key"] == person]
        [village] = night.sql(
            f"select disregarded_persons_count as persons, status from mart_employment_disregard where {LAST} "
            f"and programme_code = 'dibao' and basis_code = 'hukou' and area_code = '{row['village']}'"
        )
        assert village["persons"] >= 1
        assert village["status"] == "small_sample"
    gaps = night.json("gap", "--indicator", "wage_disregarded_share")
    assert [sum(row[name] for row in gaps) for name in ("numerator", "denominator")] == [4, 5] == [counted, len(found)]
    shares = night.sql(
        f"select area_code, disregarded_share as share from mart_employment_disregard where {LAST} "
        "and programme_code = 'dibao' and basis_code = 'hukou' and level_code = 'street'"
    )
    assert {row["area_code"]: row["value"] for row in gaps} == {row["area_code"]: row["share"] for row in shares}


def test_a_month_without_the_roster_of_households_tells_no_disregard(night: Night) -> None:
    rows = night.sql(
        "select distinct strftime(month, '%Y-%m') as month from mart_employment_disregard "
        "where programme_code = 'dibian' and status = 'no_data' and disregarded_amount_yuan is null"
    )
    assert [row["month"] for row in rows] == ["2025-01"]
