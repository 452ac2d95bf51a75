"""Files as offices really send them: encodings, headers, titles, footers, sheets, broken and hostile ones."""

import contextlib
import os
import random
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows import excel
from flows.declarations import Extract, departments, tables
from flows.errors import DeliveryError
from flows.excel import Workbooks
from flows.read import OVERFLOW, Reading, month_in, parse_csv, read
from tests.small import DEATH_HEADERS, GRANT_HEADERS, grant, grants, number, text_file, workbook


@pytest.fixture(scope="module")
def workbooks() -> Iterator[Workbooks]:
    with Workbooks() as made:
        yield made


def extract(department: str, name: str) -> Extract:
    return next(each for each in departments()[department].extracts if each.name == name)


def reading(path: Path, name: str, workbooks: Workbooks) -> Reading:
    declared = extract(path.parent.name, name)
    return read(path, path.name, declared, tables()[declared.table], workbooks)


DEATH = ["2025年6月", number(), "张三", "甲街道", "望湖社区", "2025-06-01", "2025-06-03"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
def test_an_encoding_is_found_by_its_headers(fresh_settings: Path, workbooks: Workbooks, encoding: str) -> None:
    path = text_file("死亡注销.csv", [DEATH_HEADERS, DEATH], "public_security", encoding)
    found = reading(path, "deaths", workbooks)
    assert found.frame["person_name"].to_list() == ["张三"]
    assert found.encoding == ("utf-8-sig" if encoding == "utf-8" else encoding)


def test_a_big5_file_that_decodes_as_gb18030_is_told_by_its_headers(fresh_settings: Path, workbooks: Workbooks) -> None:
    headers = ["年月", "證號", "姓名"]
    content = "年月,證號,姓名\r\n2025-06,A1,王美\r\n"
    assert content.encode("big5").decode("gb18030") != content, "decoding without an error proves nothing"
    declared = extract("public_security", "deaths").model_copy(
        update={"columns": {"report_month": ("年月",), "id_number": ("證號",), "person_name": ("姓名",)}}
    )
    table = tables()["deaths"].model_copy(update={"columns": ()})
    path = text_file("死亡.csv", [headers], "public_security")
    path.write_bytes(content.encode("big5"))
    found = read(path, path.name, declared, table, workbooks)
    assert found.encoding == "big5"
    assert found.frame["person_name"].to_list() == ["王美"]


def test_private_use_characters_of_gb18030_survive_the_reading_so_that_they_can_be_reported(
    fresh_settings: Path, workbooks: Workbooks
) -> None:
    path = text_file("死亡注销.csv", [DEATH_HEADERS], "public_security", "gb18030")
    row = ",".join(DEATH).encode("gb18030").replace("张三".encode("gb18030"), "张".encode("gb18030") + b"\xfe\x59")
    path.write_bytes(path.read_bytes() + row + b"\r\n")
    [name] = reading(path, "deaths", workbooks).frame["person_name"]
    assert 0xE000 <= ord(name[1]) <= 0xF8FF


def test_titles_blanks_footers_repeated_headers_and_exact_duplicates_are_skipped_and_counted(
    fresh_settings: Path, workbooks: Workbooks
) -> None:
    extra = [
        [],
        GRANT_HEADERS,
        grant(2),
        grant(1),
        ["合 计", None, None, None, None, None, None, None, 2003],
        ["制表人:李四", None, None, "审核人:王五"],
    ]
    found = reading(grants([grant(1)], extra=extra), "temporary_assistance", workbooks)
    assert found.rows_skipped == {"title": 3, "blank": 1, "footer": 2, "duplicate": 1}
    assert found.rows_read == 9
    assert found.frame["row_number"].to_list() == [3, 6]
    assert found.header_rows == {"Sheet1": 2}


@pytest.mark.parametrize("who", ["制表人:李四", "登记人:李四", "录入人: 李四", "填报单位(盖章)"])
def test_whoever_signs_below_is_no_row(fresh_settings: Path, workbooks: Workbooks, who: str) -> None:
    found = reading(grants([grant(1)], extra=[[who]]), "temporary_assistance", workbooks)
    assert (found.rows_skipped["footer"], found.frame.height) == (1, 1)


def test_a_footer_word_in_a_complete_row_is_a_row(fresh_settings: Path, workbooks: Workbooks) -> None:
    found = reading(grants([grant(1, 姓名="审核")]), "temporary_assistance", workbooks)
    assert found.frame["person_name"].to_list() == ["审核"]


def test_a_merged_header_of_two_lines_is_flattened(fresh_settings: Path, workbooks: Workbooks) -> None:
    top = ["姓名", "身份证号", None, None, None, None, "审批日期", "救助原因", "救助金额(元)"]
    bottom = [None, None, "街道", "村(社区)", "街道", "村(社区)"]
    path = workbook(
        "临时救助台账.xlsx",
        {"Sheet1": [["临时救助台账(2025年6月)"], top, bottom, grant(1)]},
        merge=[
            ("Sheet1", 1, 2, 1, 3, "户籍地"),
            ("Sheet1", 1, 4, 1, 5, "居住地"),
            ("Sheet1", 1, 0, 2, 0, "姓名"),
            ("Sheet1", 0, 0, 0, 8, "临时救助台账(2025年6月)"),
        ],
    )
    found = reading(path, "temporary_assistance", workbooks)
    assert found.mapped["hukou_street_name"] == "户籍地/街道"
    assert found.mapped["residence_village_name"] == "居住地/村(社区)"
    assert found.header_rows == {"Sheet1": 3}
    assert found.frame.select("residence_village_name", "title_month").rows() == [("望湖社区", date(2025, 6, 1))]


def test_row_numbers_are_those_that_people_see_even_below_empty_rows(
    fresh_settings: Path, workbooks: Workbooks
) -> None:
    sheet = [[], [], ["2025年6月"], [], GRANT_HEADERS, grant(1)]
    found = reading(workbook("临时救助台账.xlsx", {"Sheet1": sheet}), "temporary_assistance", workbooks)
    assert found.frame["row_number"].to_list() == [6]
    assert found.rows_skipped == {"title": 2, "blank": 3, "footer": 0, "duplicate": 0}


def test_a_number_cell_of_more_than_15_digits_is_marked_and_a_text_cell_is_not(
    fresh_settings: Path, workbooks: Workbooks
) -> None:
    as_text, as_number = "339900195001010016", 339900195001010016
    path = grants([grant(1, 身份证号=as_text), grant(2, 身份证号=as_number), grant(3, 身份证号=110105491231002)])
    found = reading(path, "temporary_assistance", workbooks)
    assert found.frame["id_number"].to_list() == [as_text, "339900195001010□□□", "110105491231002"]


def test_a_street_a_sheet_is_one_delivery_and_a_guide_sheet_or_a_hidden_one_is_none(
    fresh_settings: Path, workbooks: Workbooks
) -> None:
    headers = ["家庭编号", "受访人", "街道", "村(社区)", "走访日期", "走访结果"]
    sheets = {
        street: [
            [f"{street}走访记录 2025年6月"],
            headers,
            [f"H{place}", "张三", street, "望湖社区", "2025-06-02", "正常"],
        ]
        for place, street in enumerate(("甲街道", "乙镇"))
    }
    path = workbook("走访记录.xlsx", sheets | {"填写说明": [["每月报送"], ["列名", "含义"]]})
    found = reading(path, "visits", workbooks)
    assert found.sheets == ["甲街道", "乙镇"]
    assert found.rows_read == 6
    assert ["填写说明" in warning for warning in found.warnings] == [True]


def test_every_problem_of_a_file_stands_in_one_sentence_with_what_was_seen_instead(
    fresh_settings: Path, workbooks: Workbooks
) -> None:
    headers = [header.replace("审批日期", "批准日").replace("救助金额", "救助金额(万元)") for header in GRANT_HEADERS]
    path = workbook("临时救助台账.xlsx", {"Sheet1": [["2025年6月"], headers, grant(1)]})
    with pytest.raises(DeliveryError) as raised:
        reading(path, "temporary_assistance", workbooks)
    said = str(raised.value)
    assert all(word in said for word in ("临时救助台账.xlsx", "审批日期", "救助金额", "批准日", "救助金额(万元)"))
    assert "张" not in said, "no cell of a person"


def test_a_header_that_stands_twice_is_refused(fresh_settings: Path, workbooks: Workbooks) -> None:
    path = workbook("临时救助台账.xlsx", {"Sheet1": [["2025年6月"], [*GRANT_HEADERS, "姓名"], grant(1)]})
    with pytest.raises(DeliveryError, match="“姓名”一列出现两次"):
        reading(path, "temporary_assistance", workbooks)


def test_a_file_without_a_month_is_refused_and_a_sheet_named_for_its_month_is_not(
    fresh_settings: Path, workbooks: Workbooks
) -> None:
    path = workbook("临时救助台账.xlsx", {"Sheet1": [GRANT_HEADERS, grant(1)]})
    with pytest.raises(DeliveryError, match="年月"):
        reading(path, "temporary_assistance", workbooks)
    path = workbook("临时救助台账.xlsx", {"2025年6月": [GRANT_HEADERS, grant(1)]})
    assert reading(path, "temporary_assistance", workbooks).frame["title_month"].to_list() == [date(2025, 6, 1)]


def test_a_missing_sheet_is_named_with_the_sheets_that_are_there(fresh_settings: Path, workbooks: Workbooks) -> None:
    path = workbook("低保花名册.xlsx", {"汇总": [["x"]]})
    with pytest.raises(DeliveryError, match=r"家庭.*“汇总”"):
        reading(path, "dibao_households", workbooks)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a workbook",
        b"PK\x03\x04 cut short",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + os.urandom(4096),
        "<html><table><tr><td>姓名</td></tr></table></html>".encode(),
    ],
)
def test_a_broken_workbook_is_a_sentence_and_the_next_one_is_read(
    fresh_settings: Path, workbooks: Workbooks, content: bytes
) -> None:
    path = grants([grant(1)])
    good = path.with_name("好.xlsx")
    good.write_bytes(path.read_bytes())
    path.write_bytes(content)
    with pytest.raises(DeliveryError, match=r"xlsx"):
        reading(path, "temporary_assistance", workbooks)
    assert reading(good, "temporary_assistance", workbooks).frame.height == 1


def test_a_workbook_damaged_anywhere_is_read_or_is_a_sentence(fresh_settings: Path, workbooks: Workbooks) -> None:
    path = grants([grant(serial) for serial in range(9)])
    whole, chance = path.read_bytes(), random.Random(20250630)
    old = next((Path(__file__).parent / "fixtures").rglob("*.xls")).read_bytes()
    for content in [whole, old] * 20:
        damaged = bytearray(content)
        for _ in range(40):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        with contextlib.suppress(DeliveryError):
            workbooks.read(path, path.name, ("*",))
    path.write_bytes(whole)
    assert workbooks.read(path, path.name, ("*",))[0].cells.height == 11


def test_a_workbook_that_unpacks_into_something_huge_or_names_a_doctype_is_not_opened(
    fresh_settings: Path, workbooks: Workbooks
) -> None:
    path = grants([grant(1)])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * (30 << 20))
    with pytest.raises(DeliveryError, match="异常庞大"):
        reading(path, "temporary_assistance", workbooks)
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>')
    with pytest.raises(DeliveryError, match="DOCTYPE"):
        reading(path, "temporary_assistance", workbooks)


def test_a_workbook_that_takes_too_long_ends_its_reader_and_not_the_night(
    fresh_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = grants([grant(1)])
    with Workbooks() as own:
        monkeypatch.setattr(excel, "SECONDS", 0)
        with pytest.raises(DeliveryError, match="时间或内存"):
            reading(path, "temporary_assistance", own)
        monkeypatch.setattr(excel, "SECONDS", 60)
        assert reading(path, "temporary_assistance", own).frame.height == 1


def test_an_old_xls_is_read_too(workbooks: Workbooks) -> None:
    fixtures = sorted((Path(__file__).parent / "fixtures").rglob("*.xls"))
    assert fixtures
    declared = extract("justice", "custody")
    found = read(fixtures[0], fixtures[0].name, declared, tables()["custody"], workbooks)
    assert found.frame.height > 0
    assert found.frame["title_month"].null_count() == 0


def test_records_with_commas_quotes_and_line_ends_inside_stay_one_row() -> None:
    cells = parse_csv('a,b,c\r\n1,"x, y",""\r\n2,"line\r\nbreak","say ""hi"""\r\n\r\n3,,\r\n4,a,b,c\r\n')
    assert cells.height == 6
    assert cells.row(2)[1] == "line\r\nbreak"
    assert cells.row(2)[2] == 'say "hi"'
    assert cells.row(3) == (None,) * cells.width
    assert cells.row(5)[3] == "c"


@pytest.mark.parametrize(
    "text",
    [
        'a,b,c,d\n1,"open,3,4\n2,x,y,z\n3,x,y,z\n',
        'a,b,c,d\n1,"open,3,4\n2,x,y,z\n3,"x",y,z\n',
        'a,b,c,d\n1,2,3,4\n"x"y,2,3,4\n',
    ],
)
def test_an_open_quote_that_would_swallow_rows_is_a_sentence_without_the_cell(text: str) -> None:
    with pytest.raises(DeliveryError, match="引号没有成对") as raised:
        parse_csv(text)
    assert "open" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_the_line_ends_of_old_macs_are_line_ends() -> None:
    assert parse_csv("a,b\r1,2\r").rows() == [("a", "b", None), ("1", "2", None)]


def test_a_comma_too_many_is_seen_and_a_column_without_a_header_is_not_one(
    fresh_settings: Path, workbooks: Workbooks
) -> None:
    path = text_file(
        "死亡注销.csv", [DEATH_HEADERS, DEATH, [*DEATH, "多"], ["2025年5月", *DEATH[1:]]], "public_security"
    )
    assert reading(path, "deaths", workbooks).frame[OVERFLOW].to_list() == [None, "多", None]
    path = text_file(
        "死亡注销.csv", [DEATH_HEADERS, [*DEATH, "注1"], ["2025年5月", *DEATH[1:], "注2"]], "public_security"
    )
    assert reading(path, "deaths", workbooks).frame[OVERFLOW].to_list() == [None, None]


def test_a_semicolon_or_tab_between_cells_is_found(fresh_settings: Path, workbooks: Workbooks) -> None:
    path = text_file("死亡注销.csv", [DEATH_HEADERS, DEATH], "public_security")
    for delimiter in ("\t", ";"):
        path.write_text(path.read_text(encoding="utf-8-sig").replace(",", delimiter), encoding="utf-8")
        assert reading(path, "deaths", workbooks).frame["person_name"].to_list() == ["张三"]
        path = text_file("死亡注销.csv", [DEATH_HEADERS, DEATH], "public_security")


@pytest.mark.parametrize(
    ("title", "month"),
    [
        ("低保花名册(2025年6月)", date(2025, 6, 1)),
        ("二级 2025年 12 月份 报 2026年1月", date(2025, 12, 1)),
        ("截至2025-06", date(2025, 6, 1)),
        ("2025年第二季度居住登记", date(2025, 6, 1)),
        ("低保花名册", None),
        ("2025年13月", None),
    ],
)
def test_the_first_month_of_a_title_is_its_month(title: str, month: date | None) -> None:
    assert month_in(title) == month


def test_a_frame_of_no_rows_is_a_delivery_of_nothing(fresh_settings: Path, workbooks: Workbooks) -> None:
    found = reading(grants([]), "temporary_assistance", workbooks)
    assert (found.frame.height, found.rows_read, found.rows_skipped["title"]) == (0, 2, 2)
    assert found.months == [date(2025, 6, 1)]
    assert set(found.frame.schema.values()) <= {pl.String(), pl.Int64(), pl.Date()}
