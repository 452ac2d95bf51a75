"""Homes for the elderly and social organisations, from the offices' files to the marts, against the answer key."""

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults

pytestmark = pytest.mark.xdist_group("night")

LAST = "month = date '2025-06-01'"


def test_the_home_with_more_elders_than_beds_is_the_planted_one(night: Night) -> None:
    expected = {fault["institution_code"] for fault in faults(night, "more_elders_than_beds")}
    rows = night.sql(
        "select institution_code, month, elder_count, bed_count from fct_care_institutions where is_overfull"
    )
    assert {(row["institution_code"], row["month"][:7]) for row in rows} == {(code, "2025-06") for code in expected}
    [row] = night.sql(
        "select sum(overfull_count) as homes from mart_elderly_care "
        f"where {LAST} and basis_code = 'resident' and level_code = 'street'"
    )
    assert row["homes"] == len(expected)


def test_the_street_without_a_home_has_zero_beds_and_not_nothing(night: Night) -> None:
    rows = night.sql(
        "select area_code, beds_per_thousand, occupancy_share, status from mart_elderly_care "
        f"where {LAST} and basis_code = 'resident' and level_code = 'street' and bed_count = 0"
    )
    assert {row["area_code"] for row in rows} == {fault["area_code"] for fault in faults(night, "street_without_home")}
    assert [(row["beds_per_thousand"], row["occupancy_share"], row["status"]) for row in rows] == [(0, None, "ok")]


def test_beds_per_thousand_are_beds_per_persons_of_sixty_and_over_who_live_here(night: Night) -> None:
    [row] = night.sql(
        f"select * from mart_elderly_care where {LAST} and basis_code = 'resident' and level_code = 'district'"
    )
    [sent] = night.sql(
        "select sum(bed_count) as beds, sum(nursing_bed_count) as nursing, sum(elder_count) as elders, "
        "sum(care_staff_count) as staff, sum(certified_staff_count) as certified "
        f"from fct_care_institutions where {LAST}"
    )
    [old] = night.sql(
        "select sum(population_count) as persons from fct_population "
        f"where {LAST} and age_band_code in ('60-79', '80+') and hukou_type_code in ('local', 'incoming')"
    )
    assert row["elderly_count"] == old["persons"]
    assert row["beds_per_thousand"] == pytest.approx(1000 * sent["beds"] / old["persons"])
    assert row["nursing_beds_per_thousand"] == pytest.approx(1000 * sent["nursing"] / old["persons"])
    assert row["occupancy_share"] == pytest.approx(sent["elders"] / sent["beds"])
    assert row["elders_per_staff"] == pytest.approx(sent["elders"] / sent["staff"])
    assert row["certified_share"] == pytest.approx(sent["certified"] / sent["staff"])
    assert 2000 < row["price_yuan"] < 5600


def test_the_district_stands_beside_what_districts_nearby_publish_each_value_with_its_source(night: Night) -> None:
    rows = night.sql("select * from mart_comparators")
    assert {row["measure_code"] for row in rows if row["is_own"]} == {row["measure_code"] for row in rows}
    for measure in {row["measure_code"] for row in rows}:
        values = [row for row in rows if row["measure_code"] == measure]
        assert len(values) == 5
        assert sum(row["is_own"] for row in values) == 1
        assert min(row["district_rank"] for row in values) == 1
    assert all(row["published_source"] for row in rows)
    assert {row["published_source"] for row in rows} >= {"本库", "unverified"}
    own = {row["measure_code"]: row["value"] for row in rows if row["is_own"]}
    assert (own["dibao_standard"], own["tekun_standard"]) == (1301, 2255)
    [district] = night.sql(
        "select comparator_beds_per_thousand, beds_difference from mart_elderly_care "
        f"where {LAST} and basis_code = 'resident' and level_code = 'district'"
    )
    assert district["comparator_beds_per_thousand"] == pytest.approx(43.75)  # the median of 37.2, 41.5, 46.0 and 52.3
    assert district["beds_difference"] == pytest.approx(own["beds_per_thousand"] - 43.75)


def test_the_street_none_of_whose_villages_has_a_partner_is_the_planted_one(night: Night) -> None:
    rows = night.sql(
        "select area_code, villages_count from mart_social_participation "
        f"where {LAST} and basis_code = 'resident' and level_code = 'street' and partnered_villages_count = 0"
    )
    assert {row["area_code"] for row in rows} == {
        fault["area_code"] for fault in faults(night, "street_without_partner")
    }
    [row] = night.sql(
        "select villages_count, partnered_villages_count, partnered_share, organisations_count, volunteer_count, "
        "population_count, organisations_per_ten_thousand from mart_social_participation "
        f"where {LAST} and basis_code = 'resident' and level_code = 'district'"
    )
    [listed] = night.sql(f"select count(distinct area_code) as villages from fct_partnerships where {LAST}")
    [seated] = night.sql(
        "select count(*) as organisations, sum(volunteer_count) as volunteers "
        f"from fct_social_organisations where {LAST}"
    )
    assert (row["villages_count"], row["partnered_villages_count"]) == (111, listed["villages"])
    assert row["partnered_share"] == pytest.approx(listed["villages"] / 111)
    assert (row["organisations_count"], row["volunteer_count"]) == (seated["organisations"], seated["volunteers"])
    assert row["organisations_per_ten_thousand"] == pytest.approx(1e4 * 24 / row["population_count"])


@pytest.mark.parametrize(
    ("indicator", "programme"),
    [
        ("beds_per_thousand", "tekun"),
        ("nursing_beds_per_thousand", "tekun"),
        ("organisations_per_ten_thousand", "dibao"),
        ("partnered_village_share", "dibao"),
    ],
)
def test_the_gap_between_streets_is_told_for_homes_and_organisations(
    night: Night, indicator: str, programme: str
) -> None:
    rows = night.json("gap", "--indicator", indicator, "--programme", programme, "--level", "street")
    assert len(rows) == 9
    assert all(row["value"] is not None for row in rows)
