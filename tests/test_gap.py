"""The gap table: what is asked, what is answered where it is not there, and how it is written for people."""

import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows import gap, show
from flows.errors import ReleaseError, SettingsError
from tests.published import BALANCE, gap_rows, publish, write_database


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return publish(tmp_path / "data") / "analyst.duckdb"


def mart(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    return write_database(tmp_path / "analyst.duckdb", {"mart_regional_gap": rows, "mart_balance": BALANCE})


def streets() -> list[dict[str, Any]]:
    return [row for row in gap_rows() if row["level_code"] == "street" and row["month"] == date(2025, 6, 1)]


def printed(found: gap.Gap, capsys: pytest.CaptureFixture[str]) -> list[str]:
    show.console().print(gap.table(found))
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("text", "month"),
    [("2025-06", date(2025, 6, 1)), (" 2025-6 ", date(2025, 6, 1)), ("1999-12", date(1999, 12, 1))],
)
def test_a_month_is_its_first_day(text: str, month: date) -> None:
    assert gap.month_of(text) == month


@pytest.mark.parametrize("text", ["2025", "2025-13", "2025-00", "2025-06-01", "June", "", "0025-06", "2025年6月"])
def test_what_is_no_month_is_a_sentence_that_names_the_option(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        gap.month_of(text, "--as-of")
    assert str(refused.value) == f"--as-of {text}: 不是月份;请写成 2025-06 的样子"


def test_without_words_it_is_the_latest_month_of_low_income_coverage_by_street(database: Path) -> None:
    found = gap.read(database)
    assert [(row["area_name"], row["rank"]) for row in found.rows] == [("甲街道", 1), ("乙街道", 2)]
    assert (found.month, found.word("level"), found.word("programme")) == (date(2025, 6, 1), "街道", "低保")
    assert gap.title(found) == "2025年6月 · 低保 · 覆盖率 · 户籍口径 · 全区 5.00‰"
    assert gap.file_name(found) == "差距表_street_2025-06_dibao_coverage_hukou"


def test_a_level_and_a_month_can_be_asked_for(database: Path) -> None:
    found = gap.read(database, level="village", month=date(2025, 5, 1))
    assert found.month == date(2025, 5, 1)
    assert [row["area_name"] for row in found.rows] == ["东村", "南村", "西社区"]


def test_the_latest_month_is_that_of_what_was_asked_and_not_of_the_whole_mart(tmp_path: Path) -> None:
    late = streets()[0] | {"programme_code": "tekun", "month": date(2025, 7, 1)}
    database = mart(tmp_path, [*streets(), late])
    assert gap.read(database).month == date(2025, 6, 1)
    assert gap.read(database, programme="tekun").month == date(2025, 7, 1)


def test_what_has_no_rank_stands_last_in_order_of_its_code(tmp_path: Path) -> None:
    base = streets()[0]
    rows = [
        base | {"area_code": code, "area_name": code, "rank": rank}
        for code, rank in (("d", None), ("b", 2), ("c", None), ("a2", 1), ("a1", 1))
    ]
    assert [row["area_code"] for row in gap.read(mart(tmp_path, rows)).rows] == ["a1", "a2", "b", "c", "d"]


def test_what_is_not_there_is_answered_with_what_there_is_for_what_was_asked_before(tmp_path: Path) -> None:
    other = streets()[0] | {"level_code": "village", "programme_code": "tekun"}
    database = mart(tmp_path, [*streets(), other])
    with pytest.raises(SettingsError) as refused:
        gap.read(database, level="village", programme="dibao")
    assert str(refused.value) == "--programme dibao: 在 village 里没有这个救助项目;现有 tekun"


def test_of_many_choices_the_first_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    rows = [streets()[0] | {"indicator_code": f"share_{place}"} for place in range(9)]
    with pytest.raises(SettingsError, match=r"没有这个指标;现有 share_0、\S+、share_7 等 9 个$"):
        gap.read(mart(tmp_path, rows))


def test_months_are_answered_as_a_span(tmp_path: Path) -> None:
    rows = [streets()[0] | {"month": date(2025, month, 1)} for month in (3, 4, 6)]
    with pytest.raises(
        SettingsError, match=r"^--month 2025-05: 在 \S+ 里没有这个月份;现有 2025-03 至 2025-06 之间的 3 个月$"
    ):
        gap.read(mart(tmp_path, rows), month=date(2025, 5, 1))


def test_a_mart_without_rows_or_a_release_without_the_mart_is_a_sentence(tmp_path: Path) -> None:
    path = mart(tmp_path, gap_rows())
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from mart_regional_gap")
    with pytest.raises(SettingsError, match="差距表是空的"):
        gap.read(path)
    other = write_database(tmp_path / "other.duckdb", {"release": [{"run_id": "x"}]})
    with pytest.raises(ReleaseError, match="没有所需的表"):
        gap.read(other)


def test_streets_are_written_in_units_people_read(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    title, *_, first, second = printed(gap.read(database), capsys)
    assert title.strip() == "2025年6月 · 低保 · 覆盖率 · 户籍口径 · 全区 5.00‰"
    # 20 of 2000 persons is 10 ‰, 5 ‰ above the district; 乙街道 lacks 10 of its 4000 persons at 650 yuan each.
    assert first.split() == ["1", "甲街道", "10.00", "8.00–12.00", "+5.00", "0", "0", "界内", "正常"]
    assert second.split() == ["2", "乙街道", "2.50", "0.50–4.50", "−2.50", "10", "6,500", "界内", "正常"]


def test_below_the_table_it_says_whether_the_difference_is_real_and_how_to_read_it(database: Path) -> None:
    found = gap.read(database)
    assert gap.notes(found) == [
        "街道之间的变异系数 0.71(95% 0.42–0.93);各地率若都相同,只凭偶然约 0.18(0.01–0.40):差距超出偶然。",
        "排名 1 为最高;差 = 本地 − 全区;补齐 = 达到全区平均还差的人数和每月资金;波动范围只说偶然性(95%)。",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"is_beyond_chance": False}, "没有超出偶然,不能说差距是真的。"),
        ({"cv_low": None}, "街道之间的变异系数 0.71;各地率若都相同"),
        ({"cv_chance_mean": None}, "街道之间的变异系数 0.71。"),
    ],
)
def test_what_is_not_known_about_the_difference_is_not_said(changes: dict[str, Any], said: str) -> None:
    sentence, how = gap.notes(gap.Gap(streets(), BALANCE[0] | changes))
    assert said in sentence
    assert "None" not in sentence
    assert how.startswith("排名 1 为最高")


def test_without_one_balance_of_these_areas_only_the_columns_are_explained(tmp_path: Path) -> None:
    for balance in (None, BALANCE[0] | {"cv": None}):
        assert len(gap.notes(gap.Gap(streets(), balance))) == 1
    other = [each | {"area_code": "339901000000"} for each in BALANCE]
    tables = {"mart_regional_gap": gap_rows(), "mart_balance": [*BALANCE, *other]}
    assert gap.read(write_database(tmp_path / "two.duckdb", tables)).balance is None, "of which of two districts?"
    assert gap.read(mart(tmp_path, gap_rows()), month=date(2025, 5, 1)).balance is None


def test_villages_carry_their_street_and_their_status(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line.split() for line in printed(gap.read(database, level="village"), capsys)]
    assert lines[-1][1:3] == ["西社区", "甲街道"]
    assert lines[-1][-1] == "数太小"
    assert "甲街道" in lines[-3]


def test_columns_in_which_nothing_stands_are_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = {"gap_persons": None, "gap_yuan": None, "low": None}
    no_funnel = {"funnel_code": None}
    found = gap.read(mart(tmp_path, [row | nothing | no_funnel for row in streets()]))
    text = "\n".join(printed(found, capsys))
    assert "补齐" not in text
    assert "偶然波动" not in text
    assert "漏斗" not in text
    some = [streets()[0] | nothing, streets()[1]]
    lines = printed(gap.Gap(some), capsys)
    assert lines[-2].split() == ["1", "甲街道", "10.00", "–", "+5.00", "–", "–", "界内", "正常"]


@pytest.mark.parametrize(
    ("changes", "word", "shown"),
    [
        ({"district_value": 0.005}, "‰", "5.00‰"),
        ({"district_value": 0.0004}, "‰", "0.400‰"),
        ({"district_value": None}, "‰", "–"),
        ({"indicator_code": "share", "unit": "share", "district_value": 0.1234}, "%", "12.3%"),
        ({"indicator_code": "blind_spots", "unit": "permille", "district_value": 0.0053}, "‰", "5.30‰"),
        ({"indicator_code": "share", "unit": "share", "district_value": 0.0}, "%", "0.0%"),
        ({"indicator_code": "spend", "unit": "元/人", "district_value": 1234.5}, "元", "1,234.50元"),
        ({"indicator_code": "spend", "unit": "yuan_per_month", "district_value": 2.0}, "元", "2.00元"),
        ({"indicator_code": "max_min", "unit": "ratio", "district_value": 1.5}, "倍", "1.50倍"),
        ({"indicator_code": "households", "unit": "persons", "district_value": 1500.4}, "", "1,500"),
        ({"indicator_code": "beds", "unit": "张/千人", "district_value": 36.5526}, "张/千人", "36.55张/千人"),
        ({"indicator_code": "cases", "unit": "户/人", "district_value": 37.3978}, "户/人", "37.40户/人"),
    ],
)
def test_an_indicator_is_written_in_its_unit(changes: dict[str, Any], word: str, shown: str) -> None:
    found = gap.Gap([streets()[0] | changes])
    assert gap.unit_of(found.first).word == word
    assert gap.title(found).endswith(f" · 全区 {shown}")


def test_the_resident_basis_is_named_and_a_code_without_a_word_is_shown_as_it_is() -> None:
    row = streets()[0] | {"basis_code": "resident", "programme_name": None}
    assert "· dibao ·" in gap.title(gap.Gap([row]))
    assert "常住口径" in gap.title(gap.Gap([row]))
    assert "户籍+" in gap.title(gap.Gap([row | {"basis_code": "户籍+"}]))


def test_the_table_is_never_wider_than_a_hundred_columns_and_no_number_is_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = {"area_name": "示范区第一百二十三国有林场居民委员会" * 3, "gap_persons": 123456.0, "gap_yuan": 98765432.0}
    rows = [row | wide | {"parent_name": f"{row['area_name']}办事处开发区管理委员会"} for row in streets()]
    lines = printed(gap.Gap(rows), capsys)
    for line in lines:
        assert sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line) <= 100
    said = " ".join(lines)
    for number in ("123,456", "98,765,432", "8.00–12.00", "+5.00", "−2.50"):
        assert number in said
