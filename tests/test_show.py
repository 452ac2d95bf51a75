"""What people and programs read: numbers as they are written, nothing wider than the terminal, csv and json exact."""

import csv
import io
import json
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows import show
from flows.errors import SettingsError
from flows.settings import settings
from flows.show import Heading


def columns(line: str) -> int:
    """Return how many columns a line takes on a terminal."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line
    )


def printed(made: Any, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines that are printed where there is no terminal."""
    show.console().print(made)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("value", "digits", "signed", "text"),
    [
        (0, 0, False, "0"),
        (1234567, 0, False, "1,234,567"),
        (1234.5, 2, False, "1,234.50"),
        (-12.345, 1, False, "−12.3"),
        (12.3, 1, True, "+12.3"),
        (-12.3, 1, True, "−12.3"),
        (-0.004, 2, True, "0.00"),
        (0.004, 2, True, "0.00"),
        (-0.4, 0, False, "0"),
        (Decimal("1000.005"), 2, False, "1,000.00"),
        (Decimal("-1500"), 0, True, "−1,500"),
        (-0.06, 1, False, "−0.1"),
    ],
)
def test_a_number_is_written_with_separators_a_true_minus_and_no_signed_zero(
    value: Any, digits: int, signed: bool, text: str
) -> None:
    assert show.number(value, digits, signed) == text


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), -float("inf")])
def test_null_and_what_is_no_number_are_missing(value: Any) -> None:
    assert show.missing(value)
    assert show.plain(value) is None


@pytest.mark.parametrize("value", [0, 0.0, "", False, Decimal(0), date(2025, 6, 1), []])
def test_zero_and_empty_text_are_not_missing(value: Any) -> None:
    assert not show.missing(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("2051"), 2051),
        (Decimal("2051.00"), 2051.0),
        (Decimal("0.93"), 0.93),
        (date(2025, 6, 1), "2025-06-01"),
        (datetime(2025, 6, 1, 2, 3, tzinfo=UTC), "2025-06-01T02:03:00+00:00"),
        (b"\x00\xff", "00ff"),
        ((1, Decimal("1.5"), float("nan")), [1, 1.5, None]),
        ({"月": date(2025, 6, 1), 1: None}, {"月": "2025-06-01", "1": None}),
        (True, True),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("甲", "甲"),
    ],
)
def test_values_become_what_json_knows(value: Any, expected: Any) -> None:
    made = show.plain(value)
    assert made == expected
    assert type(made) is type(expected)


def test_json_is_readable_chinese_without_nan() -> None:
    text = show.as_json([{"街道": "甲街道", "值": float("nan"), "额": Decimal("1.50")}])
    assert json.loads(text) == [{"街道": "甲街道", "值": None, "额": 1.5}]
    assert "甲街道" in text
    assert "NaN" not in text


def test_csv_has_a_header_and_is_read_back_as_it_was() -> None:
    rows = [
        {"名称": '带"引号",逗号', "额": Decimal("12.50"), "月": date(2025, 6, 1), "项": ["低保", "特困"], "空": None},
        {"名称": "两\n行", "额": Decimal("3"), "月": None, "项": [], "空": float("nan")},
    ]
    text = show.as_csv(rows)
    assert text.startswith("名称,额,月,项,空\n")
    assert "\r" not in text
    back = list(csv.DictReader(io.StringIO(text, newline="")))
    assert back == [
        {"名称": '带"引号",逗号', "额": "12.5", "月": "2025-06-01", "项": "低保、特困", "空": ""},
        {"名称": "两\n行", "额": "3", "月": "", "项": "", "空": ""},
    ]
    assert show.as_csv([]) == ""


def test_a_table_writes_each_value_in_its_form_and_null_as_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    headings = [Heading("name", "名称"), Heading("count", "人数", show.number, right=True)]
    rows = [{"name": "甲街道", "count": 12345}, {"name": "乙街道", "count": None}, {"name": "丙街道"}]
    title, head, _, *lines = printed(show.table("题目", headings, rows), capsys)
    assert (title.strip(), head.split()) == ("题目", ["名称", "人数"])
    assert [line.split() for line in lines] == [["甲街道", "12,345"], ["乙街道", "–"], ["丙街道", "–"]]
    assert {columns(line.rstrip()) for line in lines} == {columns(lines[0].rstrip())}, "numbers end below each other"


def test_what_a_cell_says_is_never_taken_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    words = "[red]甲[/red] :warning:"
    assert words in printed(show.table(None, [Heading("a", "[b]A")], [{"a": words}]), capsys)[-1]
    show.say(words)
    assert capsys.readouterr().out == words + "\n"


def test_a_sentence_is_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    show.say("长" * 300, error=True)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "长" * 300 + "\n")


WORDS = st.text(st.sampled_from("街道村社区低保abc XYZ[](),。1234567890-_"), max_size=60)
CELL = st.one_of(WORDS, st.none(), st.integers(), st.floats(), st.decimals(-1000, 1000, places=2), st.lists(WORDS))


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(CELL, min_size=5, max_size=5), min_size=1, max_size=4), st.integers(1, 5))
def test_no_line_is_wider_than_a_hundred_columns_whatever_the_rows(
    capsys: pytest.CaptureFixture[str], given_rows: list[list[Any]], count: int
) -> None:
    rows = [{f"列{place}": cell for place, cell in enumerate(row[:count])} for row in given_rows]
    lines = printed(show.generic(rows), capsys)
    assert lines
    assert max(map(columns, lines)) <= 100
    headings = [Heading(name, name) for name in rows[0]]
    assert max(map(columns, printed(show.table("长" * 80, headings, rows), capsys))) <= 100


def test_rows_that_do_not_fit_beside_each_other_are_shown_as_a_block_each(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{f"column_{place}": f"{row}-{place}" * 4 for place in range(12)} for row in range(2)]
    lines = printed(show.generic(rows), capsys)
    said = [line.split() for line in lines]
    for row in rows:
        for key, value in row.items():
            assert [key, value] in said


def test_a_long_answer_says_that_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(show.generic([{"n": place} for place in range(201)]), capsys)
    numbers = [int(line) for line in lines if line.strip().isdigit()]
    assert numbers == list(range(200))
    assert "共 201 行,只显示前 200 行" in lines[-1]
    assert "共" not in printed(show.generic([{"n": place} for place in range(200)]), capsys)[-1]


def test_no_rows_are_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(show.generic([]), capsys) == ["(没有行)"]


def test_an_answer_is_printed_and_its_notice_stays_out_of_what_programs_parse(
    fresh_settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"a": 1}]
    for form, text in (("json", '[\n  {\n    "a": 1\n  }\n]\n'), ("csv", "a\n1\n")):
        show.deliver(rows, form, None, "analyst", lambda: show.generic(rows), ["说明"])
        captured = capsys.readouterr()
        assert (captured.out, captured.err) == (text, "内部使用,未作披露控制\n")
    show.deliver(rows, "table", None, "public", lambda: show.generic(rows), ["说明"])
    captured = capsys.readouterr()
    assert captured.out.endswith("说明\n可对外:仅含街道和区一级,1–4 人的格子已隐去\n")
    assert captured.err == ""


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("csv", b"\xef\xbb\xbf" + "名\n甲\n".encode()),
        ("json", '[\n  {\n    "名": "甲"\n  }\n]\n'.encode()),
    ],
)
def test_a_saved_answer_is_exact_and_only_its_place_is_printed(
    fresh_settings: Path, capsys: pytest.CaptureFixture[str], form: str, content: bytes
) -> None:
    rows = [{"名": "甲"}]
    path = fresh_settings / "answer"
    show.deliver(rows, form, path, None, lambda: show.generic(rows))
    assert path.read_bytes() == content
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"{path}\n")


def test_a_table_can_be_saved_as_it_would_be_printed(fresh_settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"名": "甲"}]
    path = fresh_settings / "answer.txt"
    show.deliver(rows, "table", path, "analyst", lambda: show.generic(rows))
    assert capsys.readouterr() == ("", f"{path}\n内部使用,未作披露控制\n")
    assert path.read_text(encoding="utf-8").splitlines() == printed(show.generic(rows), capsys)


def test_output_goes_to_a_file_name_in_a_folder_and_never_into_a_release(fresh_settings: Path) -> None:
    release = settings().releases / "x"
    release.mkdir(parents=True)
    (settings().releases / "current").symlink_to("x")
    for place in (release / "a.csv", settings().releases / "a.csv", settings().releases / "current" / "a.csv"):
        with pytest.raises(SettingsError, match="已发布的文件不得改动"):
            show.output(place)
    for place in (fresh_settings, fresh_settings / "none" / "a.csv"):
        with pytest.raises(SettingsError, match="不能写成文件"):
            show.output(place)
    assert show.output(fresh_settings / "a.csv") == fresh_settings / "a.csv"


def test_a_place_that_cannot_be_written_or_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"写不进去\(.+\);请换一个位置$"):
        show.save(tmp_path / "none" / "a.csv", "x")
    with pytest.raises(SettingsError, match="没有这个文件"):
        show.readable(tmp_path / "none.csv")
    with pytest.raises(SettingsError, match="没有这个文件"):
        show.readable(tmp_path)
    (tmp_path / "some.csv").touch()
    show.readable(tmp_path / "some.csv")


def test_each_database_has_its_notice() -> None:
    assert show.notice("analyst") == "内部使用,未作披露控制"
    assert show.notice("public") == "可对外:仅含街道和区一级,1–4 人的格子已隐去"


def test_a_saved_table_holds_no_terminal_codes(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    path = fresh_settings / "a.txt"
    show.deliver([], "table", path, None, lambda: show.table("题目", [show.Heading("a", "A")], [{"a": 1}]))
    assert "\x1b" not in path.read_text(encoding="utf-8")


def test_a_struct_in_csv_is_json(tmp_path: Path) -> None:
    assert show.as_csv([{"a": {"x": 1}}]) == 'a\n"{""x"": 1}"\n'
