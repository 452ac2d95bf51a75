"""A department can look at its file before it sends it."""

from pathlib import Path

import pytest

from flows.check import check_file
from flows.errors import DeliveryError, SettingsError
from flows.land import land
from flows.receive import pending
from flows.settings import settings
from tests.small import DEATH_HEADERS, GRANT_HEADERS, divisions, grant, grants, number, open_door, text_file, workbook

DEATH = ["2025年6月", number(), "张三", "甲街道", "望湖社区", "2025-06-01", "2025-06-03"]


@pytest.fixture(autouse=True)
def _door(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_door(monkeypatch)


def known_places() -> None:
    divisions()
    land(pending())


def test_a_clean_file_is_clean_and_nothing_is_taken() -> None:
    known_places()
    path = text_file("死亡注销202506.csv", [DEATH_HEADERS, DEATH], "public_security", "gb18030")
    before = sorted(settings().data.rglob("*"))
    report = check_file(path)
    assert (report.exit_code, report.verdict) == (0, "可以报送")
    assert (report.department, report.extract, report.table) == ("public_security", "deaths", "deaths")
    assert (report.encoding, report.header_rows, report.rows_good) == ("gb18030", {"": 1}, 1)
    assert report.mapped["death_date"] == "死亡日期"
    assert sorted(settings().data.rglob("*")) == before


def test_a_file_with_rows_to_correct_is_usable_and_says_which_without_their_values() -> None:
    known_places()
    path = grants([grant(1), grant(2, 身份证号="339900195001010010"), grant(3, 审批日期="前天")])
    report = check_file(path)
    assert (report.exit_code, report.rows_good, report.rows_rejected) == (1, 2, 1)
    assert [(each.row, each.column, each.taken) for each in report.rejects] == [
        (4, "身份证号", "已收,待更正"),
        (5, "审批日期", "未收"),
    ]
    assert "339900195001010010" not in report.model_dump_json()


def test_a_file_without_a_required_column_is_refused_with_the_headers_that_were_not_recognised() -> None:
    path = workbook("临时救助台账.xlsx", {"Sheet1": [["2025年6月"], [*GRANT_HEADERS[:-1], "款额"], grant(1)]})
    report = check_file(path)
    assert report.exit_code == 2
    assert "款额" in (report.reason or "")


def test_what_the_door_would_hold_back_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known_places()
    open_door(monkeypatch, failing=["temporary_assistance"])
    assert check_file(grants([grant(1)])).exit_code == 2


def test_without_a_division_table_places_are_not_judged_and_that_is_said() -> None:
    report = check_file(grants([grant(1, **{"居住村(社区)": "城门洞那片"})]))
    assert (report.exit_code, report.rows_good) == (1, 1)
    assert ["没有核对" in warning for warning in report.warnings] == [True]


def test_a_file_of_any_name_is_known_by_its_headers_and_told_how_it_should_be_named(tmp_path: Path) -> None:
    known_places()
    path = text_file("6月名单.csv", [DEATH_HEADERS, DEATH], "public_security").rename(tmp_path / "6月名单.csv")
    report = check_file(path)
    assert (report.extract, report.exit_code) == ("deaths", 1)
    assert "死亡注销*.csv" in report.warnings[0]


def test_one_workbook_of_two_extracts_is_checked_as_both() -> None:
    known_places()
    path = workbook("低保花名册202506.xlsx", {"家庭": [["2025年6月"], ["家庭编号"]], "成员": [["2025年6月"], ["姓名"]]})
    report = check_file(path)
    assert [report.extract, *(each.extract for each in report.also)] == ["dibao_households", "dibao_members"]
    assert report.exit_code == 2


def test_a_table_can_be_named_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    path = text_file("x.csv", [DEATH_HEADERS, DEATH]).rename(tmp_path / "x.csv")
    assert check_file(path, "deaths").extract == "deaths"
    with pytest.raises(SettingsError, match="没有这张表"):
        check_file(path, "nothing")


def test_a_file_that_is_like_nothing_declared_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "诗.csv"
    path.write_text("床前明月光\n疑是地上霜\n", encoding="utf-8")
    with pytest.raises(DeliveryError, match="不像任何一份"):
        check_file(path)
