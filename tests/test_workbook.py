"""The gap workbook, read back the way a spreadsheet program reads it."""

from pathlib import Path

import duckdb
import fastexcel
import polars as pl
import pytest

from flows import gap
from flows.spreadsheet import width
from flows.workbook import write_gap, write_one
from tests.published import gap_rows, publish


def cells(path: Path, sheet: str) -> list[tuple[object, ...]]:
    return fastexcel.read_excel(path).load_sheet(sheet, header_row=None, dtypes="string").to_polars().rows()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return publish(tmp_path / "data") / "analyst.duckdb"


def test_the_release_workbook_has_its_sheets_in_reading_order(database: Path, tmp_path: Path) -> None:
    write_gap(database, tmp_path / "gap.xlsx")
    names = fastexcel.read_excel(tmp_path / "gap.xlsx").sheet_names
    assert names == ["说明", "街道差距", "村社差距", "街道各项指标", "均衡", "街道走势", "明细"]
    assert ("内部使用,未作披露控制", None) in cells(tmp_path / "gap.xlsx", "说明")


def test_streets_stand_by_rank_in_units_people_read(database: Path, tmp_path: Path) -> None:
    write_gap(database, tmp_path / "gap.xlsx")
    title, heading, first, second = cells(tmp_path / "gap.xlsx", "街道差距")
    assert title[0] == "2025年6月 · 低保 · 覆盖率 · 户籍口径 · 全区 5.00‰"
    assert heading[2] == "覆盖率\n(‰)"
    assert first[:5] == ("1", "甲街道", "10", "20", "2000")
    assert second[1] == "乙街道"
    assert second[heading.index("补齐人数")] == "10"
    assert second[-1] == "正常"


def test_villages_carry_their_street_and_every_row_is_in_the_details(database: Path, tmp_path: Path) -> None:
    write_gap(database, tmp_path / "gap.xlsx")
    villages = cells(tmp_path / "gap.xlsx", "村社差距")
    assert [row[1:3] for row in villages[2:]] == [("东村", "甲街道"), ("南村", "乙街道"), ("西社区", "甲街道")]
    assert villages[-1][-1] == "数太小"
    details = cells(tmp_path / "gap.xlsx", "明细")
    assert len(details) == 1 + 6
    assert {row[0] for row in details[1:]} == {"村(社区)", "街道", "区"}


def test_the_same_content_gives_the_same_bytes(database: Path, tmp_path: Path) -> None:
    write_gap(database, tmp_path / "one.xlsx")
    write_gap(database, tmp_path / "two.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_one_table_is_written_with_its_explanation(database: Path, tmp_path: Path) -> None:
    write_one(gap.read(database, level="village"), tmp_path / "one.xlsx", "public")
    assert fastexcel.read_excel(tmp_path / "one.xlsx").sheet_names == ["差距表", "说明"]
    assert cells(tmp_path / "one.xlsx", "说明")[1][0] == "可对外:仅含街道和区一级,1–4 人的格子已隐去"


def test_a_chinese_character_is_two_columns_wide() -> None:
    assert width("街道 (A)") == 4 + 4


def test_indicators_stand_below_each_other_with_the_streets_beside(database: Path, tmp_path: Path) -> None:
    write_gap(database, tmp_path / "gap.xlsx")
    title, heading, *lines = cells(tmp_path / "gap.xlsx", "街道各项指标")
    assert title[0] == "2025年6月 · 各项指标 · 户籍口径"
    assert heading[:6] == ("救助项目", "指标", "单位", "全区", "甲街道", "乙街道")
    assert lines[0][:6] == ("低保", "覆盖率", "‰", "5", "10", "2.5")


def test_indicators_stand_in_the_order_of_the_registry_not_of_their_codes(database: Path, tmp_path: Path) -> None:
    names = {"indicator_code": "alerts_on_time_share", "indicator_name": "预警按时处理率"}
    rows = [row | names | {"unit": "share"} for row in gap_rows()]
    with duckdb.connect(str(database)) as connection:
        connection.register("others", pl.DataFrame(rows, infer_schema_length=None))
        connection.execute("insert into mart_regional_gap by name select * from others")
    write_gap(database, tmp_path / "gap.xlsx")
    _, _, *lines = cells(tmp_path / "gap.xlsx", "街道各项指标")
    assert [line[1] for line in lines[:2]] == ["覆盖率", "预警按时处理率"]
