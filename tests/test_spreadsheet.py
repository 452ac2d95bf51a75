"""Workbooks for WPS and Excel: the same bytes for the same content, text that stays text, a page that prints."""

import zipfile
from pathlib import Path

import pytest

from flows.errors import SettingsError
from flows.spreadsheet import FONT, page, width, workbook


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as book:
        return book.read(name).decode()


def small(path: Path, *words: str, title: str = "题目", landscape: bool = True) -> Path:
    with workbook(path, title) as book:
        sheet = book.add_worksheet("表")
        for row, word in enumerate(words):
            sheet.write(row, 0, word)
        page(sheet, landscape)
    return path


def test_the_same_content_is_the_same_bytes_and_other_content_is_not(tmp_path: Path) -> None:
    small(tmp_path / "0.xlsx", "别的")
    one, same = small(tmp_path / "1.xlsx", "甲"), small(tmp_path / "2.xlsx", "甲")
    other = small(tmp_path / "3.xlsx", "乙")
    assert one.read_bytes() == same.read_bytes() != other.read_bytes()


def test_a_workbook_does_not_tell_when_it_was_written(tmp_path: Path) -> None:
    core = part(small(tmp_path / "1.xlsx"), "docProps/core.xml")
    assert "2000-01-01T00:00:00Z" in core
    assert "<dc:title>题目</dc:title>" in core


@pytest.mark.parametrize("word", ["=1+1", "=HYPERLINK(1)", "https://example.org/x", "mailto:a@example.org"])
def test_what_looks_like_a_formula_or_a_link_stays_text(tmp_path: Path, word: str) -> None:
    path = small(tmp_path / "1.xlsx", word)
    sheet = part(path, "xl/worksheets/sheet1.xml")
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert f"<t>{word}</t>" in part(path, "xl/sharedStrings.xml")


def test_cells_are_in_a_chinese_font(tmp_path: Path) -> None:
    styles = part(small(tmp_path / "1.xlsx", "甲"), "xl/styles.xml")
    assert '<name val="微软雅黑"/>' in styles
    assert "Calibri" not in styles


@pytest.mark.parametrize("landscape", [True, False])
def test_a_sheet_prints_on_a4_one_page_wide(tmp_path: Path, landscape: bool) -> None:
    sheet = part(small(tmp_path / "1.xlsx", "甲", landscape=landscape), "xl/worksheets/sheet1.xml")
    assert 'paperSize="9"' in sheet
    assert 'fitToHeight="0"' in sheet
    assert '<pageSetUpPr fitToPage="1"/>' in sheet
    assert ('orientation="landscape"' in sheet) == landscape
    assert "第 &amp;P 页,共 &amp;N 页" in sheet


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "没有的文件夹" / "1.xlsx"
    with pytest.raises(SettingsError) as refused:
        small(path)
    assert str(refused.value) == f"{path}: 写不进去;请先关掉打开它的程序,或换一个位置"


def test_what_goes_wrong_inside_leaves_no_workbook(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), workbook(tmp_path / "1.xlsx", "题目"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("abc", 3),
        ("街道", 4),
        ("A 街", 4),
        ("(区)", 4),
        ("\uff08区\uff09", 6),
        ("3,012.50", 8),
        ("1–4", 3),
        ("𠮷", 2),
    ],
)
def test_a_chinese_character_takes_two_columns(text: str, columns: int) -> None:
    assert width(text) == columns


def test_the_first_workbook_of_a_process_is_as_the_second(tmp_path: Path) -> None:
    FONT.pop("theme_font_name", None)
    one, same = small(tmp_path / "1.xlsx", "甲"), small(tmp_path / "2.xlsx", "甲")
    assert "theme_font_name" not in FONT
    assert one.read_bytes() == same.read_bytes()
    assert "scheme" not in part(same, "xl/styles.xml")
