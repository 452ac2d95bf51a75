"""人户分离: where people are registered and where they live, and what people from outside get."""

import pytest

from tests.conftest import Night

pytestmark = pytest.mark.xdist_group("night")


def test_who_is_away_from_a_street_is_registered_there_and_lives_in_no_village_of_it(night: Night) -> None:
    # By the parents of the villages, one level up, without the roll-up of the mart.
    expected = night.sql(
        "select homes.parent_area_code as area_code, count(*) as away from fct_enrolments as enrolments "
        "inner join dim_areas as homes on homes.area_code = enrolments.hukou_area_code "
        "left join dim_areas as places on places.area_code = enrolments.residence_area_code "
        "where programme_code = 'dibao' and month = date '2025-06-01' and homes.level_code = 'village' "
        "and places.parent_area_code is distinct from homes.parent_area_code group by all"
    )
    rows = night.sql(
        "select area_code, away_recipients_count as away from mart_residence_split "
        "where programme_code = 'dibao' and month = date '2025-06-01' and level_code = 'street'"
    )
    told = {row["area_code"]: row["away"] for row in rows}
    assert {row["area_code"]: row["away"] for row in expected} == {code: away for code, away in told.items() if away}
    assert sum(told.values()) > 100


def test_both_attributions_hold_the_same_people(night: Night) -> None:
    [row] = night.sql(
        "select sum(registered_recipients_count) as registered, sum(resident_recipients_count) as resident "
        "from mart_residence_split where programme_code = 'dibao' and month = date '2025-06-01' "
        "and level_code in ('village', 'special')"
    )
    assert int(row["registered"]) == int(row["resident"]) == 2051


def test_people_from_outside_get_temporary_help_and_their_share_is_told_beside_that_of_the_registered(
    night: Night,
) -> None:
    [row] = night.sql(
        "select * from mart_residence_split where programme_code = 'dibao' and month = date '2025-06-01' "
        "and level_code = 'district'"
    )
    [expected] = night.sql(
        "select count(distinct person_key) as persons from fct_temporary_assistance "
        "where hukou_area_code in ('outside', 'unknown') and residence_area_code not in ('outside', 'unknown') "
        "and month between date '2024-07-01' and date '2025-06-01'"
    )
    assert row["helped_outsiders_persons_count"] == expected["persons"] > 0
    assert row["outsiders_access_ratio"] == pytest.approx(expected["persons"] / row["population_incoming_count"])
    assert row["registered_access_ratio"] > row["outsiders_access_ratio"]


def test_the_gap_table_tells_how_many_live_elsewhere_than_they_are_registered(night: Night) -> None:
    rows = night.sql(
        "select hukou_area_code, residence_area_code from fct_enrolments "
        "where programme_code = 'dibao' and month = '2025-06-01'"
    )
    apart = sum(row["residence_area_code"] not in (row["hukou_area_code"], "unknown") for row in rows)
    assert 0 < apart < len(rows)
    [told] = night.sql(
        "select numerator, denominator from mart_regional_gap where indicator_code = 'residence_split_share' "
        "and level_code = 'district' and programme_code = 'dibao' and basis_code = 'hukou' and month = '2025-06-01'"
    )
    assert (told["numerator"], told["denominator"]) == (apart, len(rows))
    streets = night.sql(
        "select sum(numerator) as apart from mart_regional_gap where indicator_code = 'residence_split_share' "
        "and level_code = 'street' and programme_code = 'dibao' and basis_code = 'hukou' and month = '2025-06-01'"
    )
    assert streets[0]["apart"] == apart
