"""The figures of the survey report: read with their run, written with bound and unit, held against what was stated."""

import unicodedata
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows import figures, show
from tests.published import FIGURES, RUN, publish, write_database


@pytest.fixture
def rows(tmp_path: Path) -> list[dict[str, Any]]:
    return figures.read(publish(tmp_path / "data") / "analyst.duckdb")


def printed(rows: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> list[str]:
    show.console().print(figures.table(rows))
    return capsys.readouterr().out.splitlines()


def test_every_figure_is_read_as_it_was_published_with_the_run_that_made_it(rows: list[dict[str, Any]]) -> None:
    expected = [each | {"run_id": RUN} for each in FIGURES]
    for each in expected:
        del each["sort_order"]  # said by the order itself
    assert rows == expected


def test_what_programs_rely_on_comes_in_a_fixed_order_and_more_columns_are_left_out(tmp_path: Path) -> None:
    more = [{"added_later": 1, **dict(reversed(each.items()))} for each in FIGURES]
    path = write_database(tmp_path / "analyst.duckdb", {"mart_figures": more, "release": [{"run_id": RUN}]})
    names = (
        "name label value numerator denominator unit as_of period period_start period_end bound sources "
        "stated stated_bound stated_source agrees run_id"
    )
    for row in figures.read(path):
        assert list(row) == names.split()


@pytest.mark.parametrize(
    ("value", "bound", "unit", "text"),
    [
        (Decimal("2051"), "=", "人", "2,051 人"),
        (Decimal("3012.00"), ">=", "户", ">= 3,012 户"),
        (Decimal("3012"), "≥", "户", "≥ 3,012 户"),
        (Decimal("0.9075"), None, "share", "90.75 %"),
        (Decimal("0.9075"), "=", "比例", "90.75 %"),
        (0.00496, "<", "%", "< 0.50 %"),
        (Decimal("1234567.891"), "=", "元", "1,234,567.89 元"),
        (Decimal("12.5"), "=", None, "12.50"),
        (0, "=", "户", "0 户"),
        (Decimal("-3"), "=", "人", "−3 人"),
        (None, "=", "人", None),
        (float("nan"), "=", "人", None),
    ],
)
def test_a_figure_is_written_with_its_bound_and_its_unit(
    value: Any, bound: str | None, unit: str | None, text: str | None
) -> None:
    assert figures.written(value, bound, unit) == text


def test_the_table_holds_what_was_computed_against_what_was_stated(
    rows: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    head, _, first, second = printed(rows, capsys)
    assert head.split() == ["数字", "算得", "时点或期间", "报告所述", "核对", "代码"]
    assert first.split() == ["低保人数", "2,051", "人", "2025-06-30", "2,051", "一致", "dibao_persons"]
    assert second.split() == ["财政资金占比", "93.12", "%", "2024-01–2025-06", "–", "–", "fiscal_share"]


@pytest.mark.parametrize(
    ("as_of", "start", "end", "period", "shown"),
    [
        (date(2025, 6, 30), None, None, None, "2025-06-30"),
        (None, date(2024, 1, 1), date(2024, 12, 31), "2024年", "2024年"),
        (None, date(2023, 1, 1), date(2023, 12, 31), "2023年", "2023年"),
        (None, date(2024, 3, 1), date(2024, 11, 30), "2024年3月–2024年11月", "2024-03–2024-11"),
        (None, None, None, "上半年", "上半年"),
        (None, None, None, None, "–"),
    ],
)
def test_a_figure_says_the_day_the_year_or_the_months_it_is_of(
    rows: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    as_of: date | None,
    start: date | None,
    end: date | None,
    period: str | None,
    shown: str,
) -> None:
    changes = {"as_of": as_of, "period_start": start, "period_end": end, "period": period}
    assert printed([rows[0] | changes], capsys)[-1].split()[3] == shown


def test_a_stated_share_is_written_as_the_computed_one(
    rows: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    share = rows[1] | {"unit": "share", "stated": Decimal("0.93"), "stated_bound": "=", "agrees": True}
    line = printed([share], capsys)[-1]
    assert "93.12 %" in line
    assert "93.00 %" in line


def test_figures_come_in_the_order_of_the_report(tmp_path: Path) -> None:
    turned = [each | {"sort_order": -each["sort_order"]} for each in FIGURES]
    path = write_database(tmp_path / "analyst.duckdb", {"mart_figures": turned, "release": [{"run_id": RUN}]})
    assert [row["name"] for row in figures.read(path)] == ["fiscal_share", "dibao_persons"]


def test_a_figure_that_differs_from_the_report_says_so(
    rows: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    differs = rows[0] | {"stated": Decimal("2100"), "stated_bound": "≥", "agrees": False, "label": None}
    line = printed([differs], capsys)[-1]
    assert line.split()[-4:] == ["≥", "2,100", "不一致", "dibao_persons"]
    assert line.startswith("dibao_persons"), "a figure without a label is called by its name"


def test_the_table_is_never_wider_than_a_hundred_columns(
    rows: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    long = rows[0] | {"label": "全区低保家庭中重度残疾人和三级智力精神残疾人的人数" * 2, "name": "a_very_long_name" * 4}
    lines = printed([*rows, long], capsys)
    for line in lines:
        assert sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line) <= 100
    assert any("2,051 人" in line for line in lines)


def test_twelve_months_across_two_years_are_no_calendar_year(capsys: pytest.CaptureFixture[str]) -> None:
    from flows import figures
    from tests.published import FIGURES

    row = FIGURES[1] | {"period_start": date(2024, 7, 1), "period_end": date(2025, 6, 30), "run_id": "x"}
    show.console().print(figures.table([row]))
    assert "2024-07–2025-06" in capsys.readouterr().out
