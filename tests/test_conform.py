"""Text cells become contract columns; what cannot be understood is listed, and only what cannot be used is rejected."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from flows.areas import Areas
from flows.conform import Conformed, conform, polars_type
from flows.declarations import Extract, MonthFromColumn, departments, tables
from tests.small import PLACES

JUNE = date(2025, 6, 1)
LEVELS = {"区县": "district", "街道": "street", "村(社区)": "village"}
GRANT = {
    "person_name": "张三",
    "id_number": "339900195001010010",
    "hukou_street_name": "甲街道",
    "hukou_village_name": "望湖社区",
    "residence_street_name": "甲街道",
    "residence_village_name": "望湖社区",
    "decision_date": "2025-06-11",
    "grant_reason_code": "重大疾病",
    "grant_amount_yuan": "1000",
}
MEMBER = {
    "household_no": "H1",
    "person_name": "张三",
    "id_number": "339900195001010010",
    "birth_date": "1950-01-01",
    "sex_code": "男",
    "is_enrolled": "是",
    "hukou_street_name": "甲街道",
    "hukou_village_name": "望湖社区",
    "start_date": "2024-01-01",
    "programme_code": "dibao",
}


def declared(name: str, department: str = "civil_affairs") -> Extract:
    return next(each for each in departments()[department].extracts if each.name == name)


def areas() -> Areas:
    """Return the small division table, in force since 2024."""
    rows = [
        (date(2024, 1, 1), code, name, parent or None, LEVELS[level], alias or None)
        for code, name, parent, level, _, alias in PLACES
    ]
    names = ["edition", "area_code", "area_name", "parent_area_code", "level_code", "alias_names"]
    words = ["written_street_name", "written_village_name", "area_code"]
    return Areas(pl.DataFrame(rows, schema=names, orient="row"), pl.DataFrame(schema=dict.fromkeys(words, pl.String)))


def cells(rows: list[dict[str, Any]], base: dict[str, str]) -> pl.DataFrame:
    """Return rows as they are read: text cells, row numbers from 3, one delivery unless a row says otherwise."""
    place = {"delivery_id": "a.b.c", "sheet": "", "title_month": JUNE}
    names = {"delivery_id", "sheet", "row_number", "title_month"}
    made = [{**place, "row_number": number, **base, **row} for number, row in enumerate(rows, start=3)]
    schema: dict[str, Any] = {name: pl.String for row in made for name in row if name not in names}
    schema |= {"delivery_id": pl.String, "sheet": pl.String, "row_number": pl.Int64, "title_month": pl.Date}
    return pl.DataFrame(made, schema=schema)


def grants(*rows: dict[str, Any], usual: dict[str, list[float]] | None = None, **changes: Any) -> Conformed:
    extract = declared("temporary_assistance").model_copy(update=changes)
    return conform(cells(list(rows), GRANT), extract, tables()["temporary_assistance"], areas(), usual)


def lines(done: Conformed) -> list[tuple[Any, ...]]:
    return done.problems.select("row_number", "column", "reason_code", "is_fatal").sort("row_number", "column").rows()


def test_cells_become_what_the_table_declares() -> None:
    done = grants({}, {"decision_date": "20250612", "grant_amount_yuan": "1,234.565元", "grant_reason_code": "失业"})
    assert done.problems.is_empty()
    typed = done.good.select(
        "report_month", "decision_date", "grant_amount_yuan", "grant_reason_code", "hukou_area_code"
    )
    assert typed.rows() == [
        (JUNE, date(2025, 6, 11), Decimal("1000.00"), "illness", "339900001001"),
        (JUNE, date(2025, 6, 12), Decimal("1234.57"), "unemployment", "339900001001"),
    ]
    assert typed.schema["grant_amount_yuan"] == pl.Decimal(18, 2)


def test_flags_whole_numbers_and_what_was_not_delivered_have_their_types_too() -> None:
    frame = cells([{}, {"is_enrolled": "×", "sex_code": "女"}], MEMBER)
    done = conform(frame, declared("dibao_members"), tables()["roster_members"], areas())
    assert done.good["is_enrolled"].to_list() == [True, False]
    assert done.good["delivered_sex_code"].to_list() == ["男", "女"], "kept until the ID number has spoken"
    assert done.good["programme_code"].to_list() == ["dibao"] * 2
    assert done.good["end_date"].dtype == pl.Date
    assert done.good["end_date"].null_count() == 2
    assert "sex_code" not in done.good.columns
    assert "person_key" not in done.good.columns


def test_text_loses_the_white_space_around_it_and_the_tail_of_a_number_and_must_be_there_where_it_is_required() -> None:
    base = {"area_code": "339900001001", "level_code": "村"}
    rows = [{"area_name": " 望湖 社区 ", "urban_rural_code": "111.0"}, {"area_name": "1.5", "urban_rural_code": " "}]
    frame = cells([*rows, {"area_name": None}], base)
    done = conform(frame, declared("divisions", "statistics"), tables()["divisions"], Areas.nothing())
    assert done.good.select("area_name", "urban_rural_code").rows() == [("望湖 社区", "111"), ("1.5", None)]
    assert lines(done) == [(5, "区划名称", "missing", True)]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ({"decision_date": "前天"}, "bad_date"),
        ({"decision_date": "2025-02-30"}, "bad_date"),
        ({"decision_date": None}, "missing"),
        ({"decision_date": "—"}, "missing"),
        ({"grant_amount_yuan": "一千"}, "bad_yuan"),
        ({"grant_amount_yuan": ""}, "missing"),
        ({"grant_reason_code": "不详"}, "bad_code"),
    ],
)
def test_a_row_without_a_required_value_is_rejected_and_listed_once(cell: dict[str, Any], code: str) -> None:
    done = grants({}, cell, {})
    assert done.good["row_number"].to_list() == [3, 5]
    label = {"decision_date": "审批日期", "grant_amount_yuan": "救助金额", "grant_reason_code": "救助原因"}
    assert lines(done) == [(4, label[next(iter(cell))], code, True)]


def test_an_optional_value_that_cannot_be_read_is_blank_and_its_row_stays() -> None:
    frame = cells([{"end_date": "不知道", "relation_code": "邻居"}], MEMBER)
    done = conform(frame, declared("dibao_members"), tables()["roster_members"], areas())
    assert done.good.select("end_date", "relation_code").rows() == [(None, None)]
    assert lines(done) == [(3, "与户主关系", "bad_code", False), (3, "停保日期", "bad_date", False)]
    assert set(done.problems["reason"].str.ends_with(";暂按空白处理")) == {True}
    [advice] = done.problems.filter(pl.col("reason_code") == "bad_code")["advice"]
    assert advice == "请填 户主、配偶、子女、父母、其他 之一"


def test_a_row_with_several_faults_has_a_line_for_each_and_is_rejected_once() -> None:
    done = grants({"decision_date": "x", "grant_amount_yuan": "x", "grant_reason_code": "x"}, {})
    assert done.good.height == 1
    assert [code for _, _, code, _ in lines(done)] == ["bad_date", "bad_code", "bad_yuan"]


def test_rows_of_two_deliveries_with_one_number_are_told_apart() -> None:
    done = grants({"row_number": 9, "decision_date": "x"}, {"row_number": 9, "delivery_id": "d.e.f"})
    assert done.good.select("delivery_id", "row_number").rows() == [("d.e.f", 9)]
    done = grants({"row_number": 9, "sheet": "一", "decision_date": "x"}, {"row_number": 9, "sheet": "二"})
    assert done.good.select("sheet", "row_number").rows() == [("二", 9)]


def test_a_line_of_the_list_never_repeats_what_stood_in_the_cell() -> None:
    odd = {name: f"金丝雀{place}" for place, name in enumerate(GRANT)}
    done = grants(odd, {"hukou_street_name": "金丝雀街道"})
    assert done.problems.height > 4
    assert not any("金丝雀" in str(cell) for row in done.problems.rows() for cell in row)


def test_the_month_stands_in_a_column_or_is_the_month_of_a_date_there() -> None:
    done = grants({"decision_date": "2025-03-31"}, month=MonthFromColumn(column="decision_date"))
    assert done.good["report_month"].to_list() == [date(2025, 3, 1)]
    done = grants(
        {"report_month": "2025年第2季度"},
        {"report_month": "202504"},
        {"report_month": "某月"},
        {"report_month": None},
        month=MonthFromColumn(column="report_month"),
    )
    assert done.good["report_month"].to_list() == [date(2025, 6, 1), date(2025, 4, 1)]
    assert lines(done) == [(5, "统计月份", "bad_month", True), (6, "统计月份", "missing", True)]
    assert set(done.months.rows()) == {("a.b.c", JUNE), ("a.b.c", date(2025, 4, 1)), ("a.b.c", None)}


def test_the_months_of_a_delivery_are_those_of_all_its_rows_the_rejected_too() -> None:
    done = grants({"decision_date": "x"})
    assert done.good.is_empty()
    assert done.months.rows() == [("a.b.c", JUNE)]


@pytest.mark.parametrize(
    ("unit", "cell", "yuan"),
    [
        ("万元", "0.35", "3500.00"),
        ("分", "35050", "350.50"),
        ("万元", "3500元", "3500.00"),
        ("元", "0.35万元", "3500.00"),
    ],
)
def test_amounts_are_landed_in_yuan_and_a_unit_in_the_cell_comes_first(unit: str, cell: str, yuan: str) -> None:
    done = grants({"grant_amount_yuan": cell}, units={"grant_amount_yuan": unit})
    assert done.good["grant_amount_yuan"].to_list() == [Decimal(yuan)]


def test_the_medians_of_a_delivery_are_of_its_positive_amounts() -> None:
    done = grants(*({"grant_amount_yuan": str(amount)} for amount in (0, 100, 200, 900)))
    assert done.medians == {"a.b.c": {"grant_amount_yuan": 200.0}}


def test_a_delivery_in_another_unit_is_told_from_those_before_and_taken_as_declared() -> None:
    usual = {"grant_amount_yuan": [900.0, 1000.0, 1100.0, 1000.0, 1200.0]}
    rows = [{"grant_amount_yuan": each} for each in ("0.09", "0.1", "0.12")]
    done = grants(*rows, usual=usual)
    [sentence] = done.warnings["a.b.c"]
    assert "中位数是 0.10 元" in sentence
    assert "是 1,000.00 元" in sentence
    assert done.good["grant_amount_yuan"].sum() == Decimal("0.31")
    assert grants({"grant_amount_yuan": "1500"}, usual=usual).warnings == {}


def test_one_amount_among_too_few_is_suspected_of_nothing() -> None:
    amounts = ["1000", "1100", "0.1", "900"]
    assert grants(*({"grant_amount_yuan": each} for each in amounts)).warnings == {}
    [sentence] = grants(*({"grant_amount_yuan": each} for each in [*amounts, "1200"])).warnings["a.b.c"]
    assert "第 5 行 0.10 元(换一个单位则是 1,000.00 元)" in sentence


def test_many_suspected_amounts_are_counted_and_three_are_shown() -> None:
    amounts = ["1000"] * 20 + ["0.1"] * 5
    [sentence] = grants(*({"grant_amount_yuan": each} for each in amounts)).warnings["a.b.c"]
    assert "等 5 处" in sentence
    assert sentence.count("换一个单位") == 3


def test_places_are_resolved_and_what_is_doubtful_about_them_is_said() -> None:
    def lives(street: str | None, village: str | None) -> dict[str, Any]:
        return {"residence_street_name": street, "residence_village_name": village}

    done = grants(
        lives("甲街道", "老码头"),
        lives("区外", None),
        lives("甲街道", None),
        lives("甲街道", "城门洞那片"),
        lives(None, None),
        lives("丙乡", "石门村"),
    )
    assert done.good.select("row_number", "residence_area_code").rows() == [
        (3, "339900001001"),
        (4, "outside"),
        (8, "339900003001"),
    ]
    assert lines(done) == [
        (5, "居住地", "area_incomplete", True),
        (6, "居住地", "area_unknown", True),
        (7, "居住地", "missing", True),
    ]


def test_an_optional_place_that_nobody_knows_is_blank_and_listed() -> None:
    done = grants({"hukou_village_name": "城门洞那片"}, {"hukou_street_name": None, "hukou_village_name": None})
    assert done.good["hukou_area_code"].to_list() == [None, None]
    assert lines(done) == [(3, "户籍地", "area_unknown", False)]


def test_a_row_with_a_cell_too_many_is_rejected() -> None:
    done = grants({}, {"overflow": "多出来的"}, {"overflow": " "})
    assert done.good["row_number"].to_list() == [3, 5]
    assert lines(done) == [(4, "整行", "too_many_cells", True)]


def test_no_rows_conform_to_no_rows() -> None:
    frame = cells([{}], GRANT).clear()
    done = conform(frame, declared("temporary_assistance"), tables()["temporary_assistance"], areas())
    assert (done.good.height, done.problems.height, done.warnings, done.medians) == (0, 0, {}, {})


def test_every_declared_type_has_its_form_in_memory() -> None:
    assert polars_type("decimal(18,2)") == pl.Decimal(18, 2)
    assert polars_type("decimal(9,4)") == pl.Decimal(9, 4)
    assert polars_type("uuid") == pl.Binary
    assert polars_type("timestamp") == pl.Datetime("us")
    for table in tables().values():
        for data_type in table.landed_types().values():
            assert isinstance(polars_type(data_type), pl.DataType), (table.name, data_type)
