"""People in hardship whom nobody helps, from the lists as sent to the ranked blind spots and the marts per area."""

import pytest

from tests.conftest import Night
from tests.sample.reading import read
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")

FOUND = (
    "blind_spot",
    "blind_spot_many_lists",
    "blind_spot_decline_lapsed",
    "blind_spot_rejection_lapsed",
    "blind_spot_child",
)
NOT_FOUND = {
    "hardship_pending": "pending",
    "hardship_declined": "declined",
    "hardship_rejected": "rejected",
    "hardship_covered": "active",
}


def standings(night: Night, *names: str) -> dict[str, dict]:
    """Return what the business month says of the persons of some faults: number → row."""
    keys = {person_key(night, each["id_number"]): each["id_number"] for name in names for each in faults(night, name)}
    listed = ", ".join(f"'{key}'" for key in keys)
    rows = night.sql(
        "select cast(person_key as varchar) as person, standing_code, is_blind_spot, source_count, score, rank "
        f"from fct_blind_spots where month = '2025-06-01' and person_key in ({listed})"
    )
    return {keys[row["person"]]: row for row in rows}


def test_whoever_a_list_shows_in_hardship_and_nobody_helps_is_a_blind_spot_and_no_near_miss_is(night: Night) -> None:
    found = standings(night, *FOUND)
    for name in FOUND:
        for fault in faults(night, name):
            assert found[fault["id_number"]]["is_blind_spot"], name
    others = standings(night, *NOT_FOUND, "hardship_below_threshold")
    for name, standing in NOT_FOUND.items():
        for fault in faults(night, name):
            row = others[fault["id_number"]]
            assert (row["standing_code"], row["is_blind_spot"], row["rank"]) == (standing, False, None), name
    below = {fault["id_number"] for fault in faults(night, "hardship_below_threshold")}
    assert not below & others.keys()


def test_the_severely_disabled_without_any_benefit_are_blind_spots_too(night: Night) -> None:
    rows = standings(night, "disability_without_benefit")
    assert all(rows[fault["id_number"]]["is_blind_spot"] for fault in faults(night, "disability_without_benefit"))


def test_who_is_on_most_lists_is_visited_first(night: Night) -> None:
    rows = standings(night, "blind_spot_many_lists")
    # Illness (4) weighs most; three independent sources.
    assert {(row["source_count"], row["score"], row["rank"]) for row in rows.values()} == {(3, 12, 1)}


def test_nobody_is_a_blind_spot_who_is_on_a_roster_or_waits_for_one(night: Night) -> None:
    wrong = night.sql(
        "select * from fct_blind_spots inner join fct_enrolments using (person_key, month) "
        "where is_blind_spot and fct_enrolments.id_status_code = 'valid'"
    )
    assert wrong == []
    assert night.sql(
        "select count(*) as persons from fct_blind_spots inner join fct_deaths using (person_key) "
        "where death_date <= last_day(month)"
    ) == [{"persons": 0}]


def test_a_late_list_is_not_counted_and_the_mart_says_so(night: Night) -> None:
    [late] = faults(night, "hardship_list_late")
    for month in (late["months"], "2025-05"):
        [row] = night.sql(
            f"select * from fct_hardship_lists where list_code = 'prisoner_child' and month = '{month}-01'"
        )
        assert (row["is_told"], row["listed_count"], row["status"]) == (False, None, "no_data")
        assert "服刑人员未成年子女" in row["missing_feeds"]
        [area] = night.sql(
            "select * from mart_blind_spots where level_code = 'district' and basis_code = 'hukou' "
            f"and month = '{month}-01'"
        )
        assert (area["bound"], area["lists_not_counted"]) == ("≥", "服刑人员未成年子女")
        told = night.sql(
            f"select status from mart_indicators where indicator_code = 'blind_spot_rate' and month = '{month}-01'"
        )
        assert {row["status"] for row in told} == {"no_data"}
    [now] = night.sql("select * from fct_hardship_lists where list_code = 'prisoner_child' and month = '2025-06-01'")
    assert now["open_count"] == len(faults(night, "blind_spot_child"))


def test_a_child_of_a_prisoner_names_its_parent_who_is_a_person_and_in_prison(night: Night) -> None:
    listed = [
        fault
        for name in ("blind_spot_child", "hardship_covered")
        for fault in faults(night, name)
        if fault["extract"] == "prisoner_children"
    ]
    named = {
        person_key(night, fault["id_number"]): fault["parent_id_number"]
        and person_key(night, fault["parent_id_number"])
        for fault in listed
    }
    assert len(listed) == 10
    assert list(named.values()).count("") == 1
    rows = night.sql(
        "select children.person_key, children.parent_person_key, persons.id_status_code, custody.custody_type_code "
        "from fct_prisoner_children as children "
        "left join dim_persons as persons on persons.person_key = children.parent_person_key "
        "left join fct_custody as custody on custody.person_key = children.parent_person_key "
        "and custody.custody_type_code = 'sentence' where children.month = date '2025-06-01'"
    )
    assert {row["person_key"]: row["parent_person_key"] or "" for row in rows} == named
    assert {(row["id_status_code"], row["custody_type_code"]) for row in rows} == {(None, None), ("valid", "sentence")}


def test_each_area_tells_its_blind_spots_per_thousand_and_streets_add_up_to_the_district(night: Night) -> None:
    [sums] = night.sql(
        """
        select sum(case when level_code = 'district' then blind_spot_count end) as district,
            sum(case when level_code = 'street' then blind_spot_count end) as streets,
            sum(case when level_code = 'special' then blind_spot_count end) as special,
            (select count(*) from fct_blind_spots where is_blind_spot and month = '2025-06-01') as persons
        from mart_blind_spots where month = '2025-06-01' and basis_code = 'resident'
        """
    )
    assert int(sums["district"]) == int(sums["streets"]) == sums["persons"] - int(sums["special"])
    streets = night.sql(
        "select * from mart_blind_spots where level_code = 'street' and month = '2025-06-01' and basis_code = 'hukou'"
    )
    for row in streets:
        assert row["low_per_thousand"] <= row["blind_spots_per_thousand"] <= row["high_per_thousand"]
        rate = row["blind_spot_count"] / row["population_count"]
        assert row["blind_spots_per_thousand"] == pytest.approx(1000 * rate)
        parts = ("blind_spot", "helped", "pending", "declined", "rejected")
        assert sum(row[f"{part}_count"] for part in parts) == row["listed_count"]
    gaps = night.json("gap", "--level", "street", "--indicator", "blind_spot_rate")
    assert len(gaps) == 9


def test_a_person_in_hardship_sees_the_programmes_that_fit_and_a_decline_stays_visible(night: Night) -> None:
    for name, expected in (("blind_spot", ("open", "undecided")), ("hardship_declined", ("declined", "declined"))):
        for fault in faults(night, name):
            rows = night.sql(
                "select programme_code, standing_code, notice_answer_code, reasons from fct_eligible_programmes "
                f"where person_key = '{person_key(night, fault['id_number'])}'"
            )
            told = {row["programme_code"]: row for row in rows}
            assert told.keys() == {"medical", "temporary", "dibian"}
            assert (told["medical"]["standing_code"], told["medical"]["notice_answer_code"]) == expected
            assert told["medical"]["reasons"] == "12个月个人负担医疗费过高"
    [district] = night.sql(
        "select * from mart_eligible_programmes where level_code = 'district' and basis_code = 'resident' "
        "and programme_code = 'medical'"
    )
    assert district["declined_count"] >= len(faults(night, "hardship_declined"))
    assert district["informed_count"] >= len(faults(night, "blind_spot"))
    assert district["eligible_count"] == sum(
        district[f"{part}_count"] for part in ("open", "pending", "declined", "rejected")
    )


def test_who_was_told_of_a_programme_is_whom_the_notices_name_and_the_planted_are_among_them(night: Night) -> None:
    named = {
        person_key(night, row["id_number"])
        for row in read(night.data / "inbox", "policy_notices").to_dicts()
        if row["programme_code"].startswith("医疗")
    }
    waiting = night.sql(
        "select person_key, ancestor_area_code as area_code from fct_eligible_programmes as eligible "
        "inner join dim_area_ancestors as ancestors on eligible.hukou_area_code = ancestors.area_code "
        "where programme_code = 'medical' and standing_code = 'open'"
    )
    rows = night.json("gap", "--indicator", "policy_informed_share", "--programme", "medical")
    told = set()
    for row in rows:
        own = {each["person_key"] for each in waiting if each["area_code"] == row["area_code"]}
        assert (row["numerator"], row["denominator"]) == (len(own & named), len(own))
        told |= own & named
    assert {person_key(night, fault["id_number"]) for fault in faults(night, "blind_spot")} <= told
    [district] = night.sql(
        "select informed_share as share from mart_eligible_programmes where level_code = 'district' "
        "and basis_code = 'hukou' and programme_code = 'medical'"
    )
    assert rows[0]["district_value"] == pytest.approx(district["share"])
