"""Statistical returns, from the office's form to the balance rules, held against the sample's answer key."""

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults

pytestmark = pytest.mark.xdist_group("night")


def checks(night: Night, where: str) -> set[tuple[str, str, str, str]]:
    rows = night.sql(f"select rule_code, item_code, area_code, month from fct_return_checks where {where}")
    return {(row["rule_code"], row["item_code"], row["area_code"], row["month"][:7]) for row in rows}


def planted(night: Night, name: str) -> set[tuple[str, str, str, str]]:
    return {(*check, fault["months"]) for fault in faults(night, name) for check in fault["checks"]}


def test_a_column_typed_wrong_and_a_total_typed_wrong_break_their_rules_and_nothing_else_does(night: Night) -> None:
    expected = planted(night, "return_column_off") | planted(night, "return_total_off")
    assert checks(night, "status = 'broken' and rule_kind_code <> 'reconciled'") == expected
    rows = night.sql(
        "select rule_code, residual from fct_return_checks where status = 'broken' and rule_kind_code <> 'reconciled'"
    )
    assert sorted(row["residual"] for row in rows) == [-10_000, -10_000, 9]
    [street] = night.sql(
        "select broken_count, broken_rules_text, status from mart_return_checks "
        "where month = date '2025-02-01' and level_code = 'street' and broken_count > 0"
    )
    assert street == {"broken_count": 1, "broken_rules_text": "资金合计 = 中央 + 省级 + 市级 + 区级", "status": "ok"}


def test_a_change_of_definition_is_told_as_such_and_not_as_a_jump(night: Night) -> None:
    [fault] = faults(night, "return_redefined")
    redefined = checks(night, "status = 'redefined'")
    assert planted(night, "return_redefined") <= redefined
    assert {(rule, item, month) for rule, item, _, month in redefined} == {
        ("elderly_steady", "elderly_count", fault["months"])
    }
    months = night.sql("select distinct month from mart_return_checks where has_new_definition")
    assert [row["month"][:7] for row in months] == [fault["months"]]


def test_a_return_is_held_against_the_rosters(night: Night) -> None:
    differing = checks(night, "status = 'broken' and rule_kind_code = 'reconciled'")
    assert planted(night, "return_not_as_roster") <= differing
    # Who stands in two households of two streets is counted once: in one street by us, in the other by the office.
    [twice] = faults(night, "two_households")
    others = differing - planted(night, "return_not_as_roster")
    assert {month for *_, month in others} <= set(twice["months"])
    rows = night.sql(
        "select month, sum(persons_difference) as persons, sum(households_difference) as households "
        "from mart_return_checks where level_code = 'street' group by month order by month"
    )
    assert [(row["persons"], row["households"]) for row in rows] == [*[(0, 0)] * 17, (4, 0)]


def test_every_printed_area_is_told_in_every_month(night: Night) -> None:
    rows = night.sql(
        "select level_code, count(*) as areas, sum(checks_count) as checks, max(untold_count) as untold, "
        "count(distinct status) as statuses from mart_return_checks group by level_code"
    )
    assert {row["level_code"]: (row["areas"], row["checks"]) for row in rows} == {
        "street": (9 * 18, 9 * 18 * 9),
        "district": (18, 18 * (9 + 12)),
    }
    assert {row["untold"] for row in rows} == {3}  # the first month has none before it
    assert {row["statuses"] for row in rows} == {1}
