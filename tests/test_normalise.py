"""What offices write, and what it means."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows import normalise
from tests.small import number

TODAY = date(2025, 6, 30)


def one(expression: pl.Expr, cell: str | None) -> object:
    return pl.DataFrame({"cell": [cell]}, schema={"cell": pl.String}).select(expression).item()


def checked(cell: str | None) -> dict:
    return normalise.id_numbers(pl.Series([cell], dtype=pl.String), TODAY).row(0, named=True)


@pytest.mark.parametrize("printed", ["11010519491231002X", "440524188001010014"])
def test_the_two_numbers_that_the_standard_prints_are_valid(printed: str) -> None:
    assert normalise.describe_id(printed) | {"warnings": []} == {
        "normalised": printed,
        "valid": True,
        "reason": None,
        "warnings": [],
    }


@pytest.mark.parametrize(
    "written",
    [
        "11010519491231002x",
        " 11010519491231002X\t",
        "\u300011010519491231002X\u3000",
        "11010519491231002X",
        "'11010519491231002X",
        "110105 19491231 002X",
        "110105491231002",
    ],
)
def test_every_usual_way_of_writing_a_number_becomes_the_same_18_characters(written: str) -> None:
    assert normalise.describe_id(written)["normalised"] == "11010519491231002X"
    assert normalise.describe_id(written)["valid"]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("110105194912310021", "check"),
        ("110105194913310028", "date"),
        ("110105194902300025", "date"),
        ("11010520991231002X", "date"),
        ("1101051949123100", "length"),
        ("11010519491231O02X", "length"),
        ("110105194912310□□□", "truncated"),
        ("1.10105E+17", "truncated"),
        ("", "missing"),
        ("无", "missing"),
        (None, "missing"),
    ],
)
def test_a_wrong_number_says_what_is_wrong_with_it(written: str | None, problem: str) -> None:
    assert checked(written)["problem"] == problem
    assert checked(written)["number"] is None


def test_an_unknown_area_warns_and_never_rejects() -> None:
    found = normalise.describe_id(number(area="990000"))
    assert found["valid"]
    assert "990000" in found["warnings"][0]


def test_a_person_above_120_years_is_a_warning() -> None:
    assert normalise.describe_id("440524188001010014")["warnings"] == ["按号码已超过 120 岁,请核实"]


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 10**6 - 1))
@example(date(1999, 12, 31), 0, 339900)
def test_a_number_made_by_the_printed_weights_is_valid_and_any_other_check_digit_is_not(
    born: date, serial: int, area: int
) -> None:
    made = number(f"{area:06d}", f"{born:%Y%m%d}", serial)
    found = checked(made)
    assert (found["number"], found["born"]) == (made, born)
    others = [made[:17] + digit for digit in "0123456789X" if digit != made[17]]
    assert normalise.id_numbers(pl.Series(others), TODAY)["problem"].to_list() == ["check"] * 10


@given(st.text())
def test_no_text_at_all_breaks_the_reading_of_a_number(text: str) -> None:
    found = checked(text)
    assert (found["number"] is None) == (found["problem"] is not None)


@pytest.mark.parametrize(
    ("written", "unit", "meant"),
    [
        ("1,301.00元", "元", "1301.00"),
        ("1,301.50", "元", "1301.50"),
        ("¥26 894.25", "元", "26894.25"),
        ("0.1301", "万元", "1301.00"),
        ("0.1301万元", "元", "1301.00"),
        ("1301元", "万元", "1301.00"),
        ("1.301E3", "元", "1301.00"),
        ("(100.00)", "元", "-100.00"),
        ("12.345", "元", "12.35"),
        ("2.5亿", "元", "250000000.00"),
        ("130100", "分", "1301.00"),
    ],
)
def test_amounts_become_yuan_to_the_fen(written: str, unit: str, meant: str) -> None:
    assert one(normalise.yuan(pl.col("cell"), unit), written) == Decimal(meant)


@pytest.mark.parametrize("written", ["一千元", "1,30", "12 至 15", "", "—", None])
def test_what_is_no_amount_is_null(written: str | None) -> None:
    assert one(normalise.yuan(pl.col("cell"), "元"), written) is None


@given(st.decimals(0, 10**9, places=2), st.sampled_from(["", "元", " 元", "元"]), st.booleans())
def test_an_amount_written_in_any_usual_way_is_read_back_exactly(amount: Decimal, unit: str, grouped: bool) -> None:
    written = f"{amount:,.2f}" if grouped else f"{amount:.2f}"
    assert one(normalise.yuan(pl.col("cell"), "元"), written + unit) == amount


@pytest.mark.parametrize(
    "written",
    ["2025-06-30", "2025/6/30", "2025.6.30", "20250630", "2025年6月30日", "45838", "45838.0", "2025-06-30 00:00:00"],
)
def test_every_way_of_writing_a_day_is_the_same_day(written: str) -> None:
    assert one(normalise.day(pl.col("cell")), written) == date(2025, 6, 30)


@pytest.mark.parametrize("written", ["2025-02-30", "6月30日", "昨天", "25.6.30", "2025-13-01", None])
def test_what_is_no_day_is_null(written: str | None) -> None:
    assert one(normalise.day(pl.col("cell")), written) is None


@given(st.dates(date(1954, 10, 3), date(2173, 10, 13)))
def test_a_day_and_its_excel_serial_are_the_same(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert one(normalise.day(pl.col("cell")), str(serial)) == day
    assert one(normalise.day(pl.col("cell")), f"{day.year}年{day.month}月{day.day}日") == day


@pytest.mark.parametrize(
    "written", ["2025年6月", "2025-06", "202506", "2025/6", "2025年6月份", "2025年第二季度", "20250615"]
)
def test_every_way_of_writing_a_month_is_its_first_day(written: str) -> None:
    assert one(normalise.month(pl.col("cell")), written) == date(2025, 6, 1)


def test_flags_codes_and_division_codes_are_read_as_offices_write_them() -> None:
    assert [one(normalise.flag(pl.col("cell")), cell) for cell in ("是", "√", "1", "否", "×", "也许")] == [
        True,
        True,
        True,
        False,
        False,
        None,
    ]
    assert one(normalise.code(pl.col("cell"), {"重大疾病": "illness"}), " 重大 疾病") == "illness"
    assert one(normalise.division_code(pl.col("cell")), "339900001") == "339900001000"
    assert one(normalise.division_code(pl.col("cell")), "3399000010") is None


@given(st.text(st.characters(exclude_categories=["Cn", "Cs"]), max_size=30))
def test_squeezing_a_word_is_squeezing_a_column(text: str) -> None:
    assert (one(normalise.squeezed(pl.col("cell")), text) or "") == normalise.squeeze(text)


@given(st.lists(st.text(max_size=12)))
def test_normalising_never_loses_or_adds_a_row(cells: list[str]) -> None:
    frame = pl.DataFrame({"cell": cells}, schema={"cell": pl.String})
    cell = pl.col("cell")
    made = frame.select(
        normalise.number(cell).alias("number"),
        normalise.integer(cell).alias("integer"),
        normalise.yuan(cell, "万元").alias("yuan"),
        normalise.day(cell).alias("day"),
        normalise.month(cell).alias("month"),
        normalise.person_name(cell).alias("name"),
    )
    assert made.height == len(cells)


def test_digits_of_another_script_are_a_wrong_number_and_do_not_end_the_night() -> None:
    cells = pl.Series(["٣" * 18, "३" * 15])
    assert normalise.id_numbers(cells, date(2025, 7, 1))["problem"].to_list() == ["length", "length"]
