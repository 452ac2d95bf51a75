"""Money: who pays and gives, what is spent elsewhere, what the budget did, and what a standard is worth."""

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults

pytestmark = pytest.mark.xdist_group("night")


def test_every_gift_raised_here_and_spent_outside_the_district_is_found_and_no_other(night: Night) -> None:
    found = night.sql(
        "select strftime(month, '%Y-%m') as month, areas.area_name as street, donation_amount_yuan as yuan "
        "from fct_donations inner join dim_areas as areas on donor_area_code = areas.area_code "
        "where is_received and spent_area_code = 'outside' and donor_area_code <> 'outside'"
    )
    expected = {(fault["months"], fault["street_name"], fault["yuan"]) for fault in faults(night, "spent_elsewhere")}
    assert {(row["month"], row["street"], float(row["yuan"])) for row in found} == expected
    [district] = night.sql(
        "select raised_spent_amount_yuan - raised_spent_here_amount_yuan as elsewhere, spent_here_share as share "
        "from mart_funding where level_code = 'district' and month = date '2025-06-01'"
    )
    assert float(district["elsewhere"]) == sum(yuan for _, _, yuan in expected)
    assert 0.5 < district["share"] < 1


def test_every_offer_without_a_project_is_found_where_it_was_made(night: Night) -> None:
    planted = faults(night, "offer_unmatched")
    rows = night.sql(
        "select areas.area_name as street, unmatched_offers_count as offers, unmatched_offers_amount_yuan as yuan "
        "from mart_funding as funding inner join dim_areas as areas using (area_code) "
        "where funding.level_code = 'street' and month = date '2025-06-01' and unmatched_offers_count > 0"
    )
    assert {row["street"] for row in rows} == {fault["street_name"] for fault in planted}
    assert sum(int(row["offers"]) for row in rows) == len(planted)
    assert sum(float(row["yuan"]) for row in rows) == sum(fault["yuan"] for fault in planted)


def test_the_sources_add_up_and_their_mix_is_told_per_street(night: Night) -> None:
    rows = night.sql(
        "select *, central_amount_yuan + provincial_amount_yuan + municipal_amount_yuan + district_amount_yuan "
        "+ street_amount_yuan as fiscal, fiscal_amount_yuan + donation_amount_yuan + other_amount_yuan as whole "
        "from mart_funding where level_code in ('street', 'district') and month = date '2025-06-01'"
    )
    assert len(rows) == 10
    for row in rows:
        assert float(row["fiscal"]) == float(row["fiscal_amount_yuan"])
        assert float(row["whole"]) == float(row["fund_amount_yuan"])
        assert 0.8 < row["fiscal_share"] < 0.95
        assert 1 / 7 <= row["source_herfindahl_index"] < 1
        assert row["status"] == "ok"


@pytest.mark.parametrize(
    ("indicator", "programme"),
    [("fiscal_share", "dibao"), ("donations_per_head", "temporary"), ("budget_execution_share", "dibao")],
)
def test_the_gap_table_serves_the_indicators_of_money(night: Night, indicator: str, programme: str) -> None:
    rows = night.json("gap", "--indicator", indicator, "--programme", programme)
    assert len(rows) == 9


def test_villages_are_not_told_what_their_offices_know_of_streets_only(night: Night) -> None:
    night.run("gap", "--level", "village", "--indicator", "budget_execution_share", expect=2)
    assert "--indicator budget_execution_share: 在 village、dibao 里没有这个指标;现有 " in night.said[-1]
    assert night.json("gap", "--level", "village", "--indicator", "coverage")


def test_the_street_whose_budget_lags_behind_is_the_planted_one_and_no_other(night: Night) -> None:
    [planted] = faults(night, "budget_behind")
    rows = night.sql(
        "select area_code, programme_code, execution_ratio as share from mart_budget_execution "
        "where is_behind and level_code = 'street' and month = date '2025-06-01'"
    )
    [row] = rows
    assert (row["area_code"], row["programme_code"]) == (planted["street_code"], planted["programme_code"])
    assert row["share"] == pytest.approx(planted["share"], abs=0.01)


def test_a_programme_without_a_budget_has_no_execution(night: Night) -> None:
    rows = night.sql("select distinct programme_code from mart_budget_execution order by all")
    assert [row["programme_code"] for row in rows] == ["dibao", "medical", "tekun"]


def test_projects_hold_what_was_raised_for_them_and_given(night: Night) -> None:
    [row] = night.sql(
        "select sum(granted_amount_yuan) = (select sum(grant_amount_yuan) from fct_charity_grants) as is_given, "
        "sum(donated_amount_yuan) = (select sum(donation_amount_yuan) from fct_donations "
        "where is_received and project_no is not null) as is_raised, count(*) as projects from fct_charity_projects"
    )
    assert row == {"is_given": True, "is_raised": True, "projects": 4}


def test_standards_grow_as_the_report_says_and_stand_beside_income_consumption_and_wage(night: Night) -> None:
    rows = night.sql(
        "select * from mart_standards where month = date '2025-06-01' and level_code = 'district' order by 3"
    )
    dibao, tekun = rows
    assert float(dibao["standard_amount_yuan"]) - float(dibao["base_standard_amount_yuan"]) == 260
    assert float(tekun["standard_amount_yuan"]) - float(tekun["base_standard_amount_yuan"]) == 418
    assert dibao["growth_rate"] == pytest.approx(1301 / 1041 - 1)
    assert tekun["dibao_standard_ratio"] == pytest.approx(1.733, abs=0.001)
    prices = 1.0009**54
    assert dibao["real_growth_rate"] == pytest.approx(1301 / 1041 / prices - 1, abs=0.0005)
    assert dibao["income_ratio"] == pytest.approx(12 * 1301 / 66_766)
    assert dibao["consumption_ratio"] == pytest.approx(12 * 1301 / 44_630)
    assert dibao["minimum_wage_ratio"] == pytest.approx(1301 / 2260)
