"""The regional-gap workbook of a release, for report writers in WPS and Excel.

`write_gap` is called when a night publishes; `write_one` answers `jiuzhu gap --format xlsx`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import gap, query, show
from flows.errors import SettingsError
from flows.gap import Gap, unit_of
from flows.spreadsheet import page, width, workbook

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Row = dict[str, Any]
TREND_MONTHS = 18
WORDS: dict[str, dict[Any, str]] = {
    "status": show.STATUS,
    "funnel_code": gap.FUNNEL,
    "trend_code": gap.TREND,
    "is_beyond_chance": {True: "是", False: "否"},
}
BALANCE = (
    ("indicator_name", "指标", 18, ""),
    ("level_name", "比较的级别", 14, ""),
    ("areas_count", "地区数", 8, "0"),
    ("areas_missing_count", "缺数", 7, "0"),
    ("cv", "变异系数", 10, "0.000"),
    ("cv_chance_mean", "只凭偶然", 10, "0.000"),
    ("cv_chance_high", "偶然上限", 10, "0.000"),
    ("is_beyond_chance", "超出偶然", 10, ""),
    ("gini", "基尼系数", 10, "0.000"),
    ("gini_chance_mean", "只凭偶然", 10, "0.000"),
    ("theil_t", "泰尔指数T", 10, "0.0000"),
    ("theil_t_between", "其中\n上级之间", 10, "0.0000"),
    ("theil_t_within", "其中\n上级之内", 10, "0.0000"),
    ("hoover", "胡佛指数", 10, "0.0%"),
    ("max_min", "最高÷最低", 10, "0.0"),
    ("concentration_funds", "对财政资金\n集中指数", 11, "+0.000;-0.000"),
    ("cv_change", "比上年\n变异系数", 10, "+0.000;-0.000"),
    ("status", "状态", 9, ""),
)
HEAD = {
    "bold": True,
    "border": 1,
    "border_color": "#BFBFBF",
    "bg_color": "#DCE6F1",
    "align": "center",
    "text_wrap": True,
}
CELL = {"border": 1, "border_color": "#D9D9D9"}
TEXT = {**CELL, "indent": 1}
MIDDLE = {**CELL, "align": "center"}
ROW_HEIGHT = 18
GREY = "#808080"
BAR = {"type": "data_bar", "bar_color": "#DEEBF7", "bar_solid": True, "min_type": "num", "min_value": 0}
DISTRICT = {"bold": True, "bg_color": "#F2F2F2"}

HOW_TO_READ = (
    ("怎么读", ""),
    ("排名", "1 为最高。"),
    ("与全区差", "本地 − 全区;覆盖率以千分点计,比例以百分点计,金额以元计。负数表示低于全区。"),
    ("偶然波动范围", "95% 的范围,说的是小地方的数字会偶然起落多少,不是抽样误差;全区值落在范围内,就不能说差距是真的。"),
    ("漏斗图", "与全区率相比,在 95% 之外为偏高、偏低,在 99.8% 之外为明显偏高、明显偏低;界线已按各地本来的差异放宽。"),
    ("补齐人数", "达到全区平均还差多少人 = (全区 − 本地) × 本地人口;高于全区的地方为 0。"),
    ("补齐资金", "补齐人数 × 全区平均月补差,单位元/月。"),
    ("户籍口径", "人算在户籍所在的村(社区);低保等以此为准。"),
    ("常住口径", "人算在居住的村(社区);看服务和人户分离时用。"),
    ("", ""),
    ("状态", ""),
    ("正常", "可以使用。"),
    ("数太小", "按全区的率,这里预期不足 5 人;排名和差距不宜单独引用,请用街道数或多月平均。"),
    ("已隐去", "人数太少,为保护个人不公布。"),
    ("不适用", "这个指标对这个项目没有意义,如低边没有每月补差。"),
    ("无数据", "所需的报表没有收到或被扣下;不是 0。"),
)


@dataclass(frozen=True)
class Styles:
    """The cell formats of one workbook, made once."""

    book: "Workbook"
    made: dict[str, "Format"]

    def __call__(self, **properties: Any) -> "Format":
        """Return the format of these properties."""
        key = repr(sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(properties)
        return self.made[key]


@dataclass(frozen=True)
class Column:
    """One column of a gap sheet: the mart's column, its heading, width, number format and factor."""

    key: str
    heading: str
    width: int
    form: str = ""
    factor: float = 1


def write_gap(database: Path, out: Path) -> None:
    """Write the gap workbook of the latest month of a release's database."""
    latest = gap.read(database)
    rows = query.ask(
        database,
        "select gap.* from mart_regional_gap as gap "
        "inner join dim_programmes as programmes on gap.programme_code = programmes.programme_code "
        "inner join dim_indicators as indicators on gap.indicator_code = indicators.indicator_code "
        "where gap.month = ? order by level_code, programmes.sort_order, indicators.sort_order, gap.indicator_code, "
        "basis_code, rank nulls last, area_code",
        [latest.month],
    )
    trend = query.ask(
        database,
        "select month, area_code, area_name, value, status from mart_regional_gap "
        "where level_code = ? and programme_code = ? and indicator_code = ? and basis_code = ? "
        "order by area_code, month",
        [latest.first[f"{name}_code"] for name in ("level", "programme", "indicator", "basis")],
    )
    balance = query.ask(
        database,
        "select * from mart_balance where month = ? and programme_code = ? and basis_code = ? "
        "order by sort_order, level_rank desc, area_code",
        [latest.month, *(latest.first[f"{name}_code"] for name in ("programme", "basis"))],
    )
    with workbook(out, f"地区差距表 {latest.month:%Y-%m}") as book:
        styles = Styles(book, {})
        _explain(book.add_worksheet("说明"), styles, latest, "analyst")
        _ranking(book.add_worksheet("街道差距"), styles, latest)
        villages = [row for row in rows if row["level_code"] == "village" and _same(row, latest.first)]
        if villages:
            _ranking(book.add_worksheet("村社差距"), styles, Gap(villages))
        _matrix(book.add_worksheet("街道各项指标"), styles, [row for row in rows if _on_basis(row, latest.first)])
        _balance(book.add_worksheet("均衡"), styles, latest, balance)
        _trend(book, styles, latest, trend)
        _everything(book.add_worksheet("明细"), styles, rows)


def write_one(found: Gap, out: Path, audience: str) -> None:
    """Write one gap table with its explanation."""
    try:
        with workbook(out, gap.title(found)) as book:
            styles = Styles(book, {})
            _ranking(book.add_worksheet("差距表"), styles, found)
            _explain(book.add_worksheet("说明"), styles, found, audience)
    except OSError as error:
        raise SettingsError(f"{out}: 写不进去({error.strerror});请换一个位置") from error


def _same(row: Row, other: Row) -> bool:
    return all(row[key] == other[key] for key in ("programme_code", "indicator_code", "basis_code"))


def _on_basis(row: Row, other: Row) -> bool:
    return all(row[key] == other[key] for key in ("level_code", "basis_code"))


def _explain(sheet: "Worksheet", styles: Styles, found: Gap, audience: str) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 96)
    sheet.write(0, 0, f"地区差距表({found.month.year}年{found.month.month}月)", styles(bold=True, font_size=16))
    sheet.set_row(0, 28)
    sheet.write(1, 0, show.notice(audience), styles(font_color="#C00000", bold=True))
    sheet.write(2, 0, gap.notes(found)[0], styles())
    row = 4
    for term, meaning in HOW_TO_READ:
        heading = bool(term) and not meaning
        sheet.write(row, 0, term, styles(bold=True, font_size=12) if heading else styles(valign="top", bold=True))
        sheet.write(row, 1, meaning, styles(text_wrap=True, valign="top"))
        row += 1
    page(sheet, landscape=False)


def _columns(found: Gap) -> list[Column]:
    unit = unit_of(found.first)
    number = f"#,##0.{'0' * unit.digits}" if unit.digits else "#,##0"
    signed = f"+{number};[Red]-{number};{number}"
    counted = found.first["indicator_code"] == "coverage"
    parents = len({row["parent_name"] for row in found.rows}) > 1
    columns = [
        Column("rank", "排名", 7),
        Column("area_name", found.word("level"), 14),
        Column("parent_name", "所属", 12),
        Column("value", f"{found.word('indicator')}\n({unit.word})", 12, number, unit.factor),
        Column("numerator", "保障人数" if counted else "分子", 12, "#,##0"),
        Column("denominator", "人口" if counted else "分母", 12, "#,##0"),
        Column("low", "波动范围\n低", 9, number, unit.factor),
        Column("high", "波动范围\n高", 9, number, unit.factor),
        Column("district_value", "全区", 9, number, unit.factor),
        Column("gap", f"与全区差\n({unit.points})", 11, signed, unit.factor),
        Column("gap_persons", "补齐人数", 10, "#,##0"),
        Column("gap_yuan", "补齐资金\n(元/月)", 12, "#,##0"),
        Column("funnel_code", "漏斗图", 10),
        Column("gap_expected_persons", "按需求\n还差人数", 10, "#,##0"),
        Column("trend_code", "近一年\n走势", 9),
        Column("status", "状态", 9),
    ]
    return [column for column in columns if parents or column.key != "parent_name"]


def _ranking(sheet: "Worksheet", styles: Styles, found: Gap) -> None:
    """Write one gap table: a line an area, the highest first."""
    columns = _columns(found)
    last, bottom = len(columns) - 1, len(found.rows) + 1
    sheet.merge_range(0, 0, 0, last, gap.title(found), styles(bold=True, font_size=14))
    sheet.set_row(0, 26)
    sheet.set_row(1, 32)
    for line in range(2, bottom + 1):
        sheet.set_row(line, ROW_HEIGHT)
    for place, column in enumerate(columns):
        sheet.write(1, place, column.heading, styles(**HEAD))
        words = [str(row[column.key] or "") for row in found.rows] if column.key.endswith("_name") else []
        sheet.set_column(place, place, max([column.width, *(width(word) + 3 for word in words)]))
        look = {**CELL, "num_format": column.form} if column.form else TEXT if words else MIDDLE
        for line, row in enumerate(found.rows, start=2):
            value = WORDS[column.key].get(row[column.key], row[column.key]) if column.key in WORDS else row[column.key]
            grey = {} if row["status"] == "ok" else {"font_color": GREY}
            _cell(sheet, line, place, value, column.factor, styles(**look, **grey))
        if column.key == "value":
            sheet.conditional_format(2, place, bottom, place, BAR)
    sheet.autofilter(1, 0, bottom, last)
    sheet.freeze_panes(2, 2)
    sheet.repeat_rows(0, 1)
    page(sheet)


def _cell(sheet: "Worksheet", line: int, place: int, value: Any, factor: float, form: "Format") -> None:
    if show.missing(value):
        sheet.write_blank(line, place, None, form)
    elif isinstance(value, str):
        sheet.write_string(line, place, value, form)
    else:
        sheet.write_number(line, place, float(value) * factor, form)


def _matrix(sheet: "Worksheet", styles: Styles, rows: Sequence[Row]) -> None:
    """Write a line a programme and indicator and a column a street, the district first: so it fits a page."""
    measures: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        if not show.missing(row["value"]):
            measures.setdefault((row["programme_code"], row["indicator_code"]), {})[row["area_code"]] = row
    areas = sorted({(row["area_code"], row["area_name"]) for row in rows})
    first = rows[0]
    month = first["month"]
    basis = gap.BASIS.get(first["basis_code"], first["basis_code"])
    sheet.write(0, 0, f"{month.year}年{month.month}月 · 各项指标 · {basis}", styles(bold=True, font_size=14))
    sheet.set_row(0, 26)
    headings = ["救助项目", "指标", "单位", "全区", *(name for _, name in areas)]
    for place, heading in enumerate(headings):
        sheet.write(1, place, heading, styles(**HEAD))
        sheet.set_column(place, place, max(10, width(heading) + 2))
    words = []
    for line, (_, cells) in enumerate(measures.items(), start=2):
        sample = next(iter(cells.values()))
        unit, found = unit_of(sample), Gap([sample])
        number = {"num_format": f"#,##0.{'0' * unit.digits}" if unit.digits else "#,##0"}
        words.append(found.word("indicator"))
        for place, word in enumerate((found.word("programme"), words[-1], unit.word)):
            sheet.write_string(line, place, word, styles(**TEXT))
        _cell(sheet, line, 3, sample["district_value"], unit.factor, styles(**CELL, **DISTRICT, **number))
        for place, (area, _) in enumerate(areas, start=4):
            cell = cells.get(area)
            shaky = {"font_color": GREY} if cell and cell["status"] == "small_sample" else {}
            _cell(sheet, line, place, cell["value"] if cell else None, unit.factor, styles(**CELL, **number, **shaky))
        sheet.set_row(line, ROW_HEIGHT)
    sheet.set_column(1, 1, max(12, *(width(word) + 2 for word in words)))
    note = "灰色的数太小,不宜单独引用;空白为不适用或无数据。"
    sheet.write(len(measures) + 3, 0, note, styles(font_color=GREY))
    sheet.freeze_panes(2, 2)
    sheet.repeat_rows(0, 1)
    page(sheet)


def _balance(sheet: "Worksheet", styles: Styles, found: Gap, rows: Sequence[Row]) -> None:
    """Write a line an indicator and level: how unequal the areas are, and what chance alone would make of it."""
    title = f"{found.month.year}年{found.month.month}月 · {found.word('programme')} · 均衡 · {found.word('basis')}"
    sheet.write(0, 0, title, styles(bold=True, font_size=14))
    sheet.set_row(0, 26)
    sheet.set_row(1, 32)
    for place, (key, heading, wide, form) in enumerate(BALANCE):
        sheet.write(1, place, heading, styles(**HEAD))
        sheet.set_column(place, place, wide)
        for line, row in enumerate(rows, start=2):
            value = WORDS[key].get(row[key], row[key]) if key in WORDS else row[key]
            grey = {} if row["status"] == "ok" else {"font_color": GREY}
            look = {**CELL, "num_format": form} if form else TEXT if key.endswith("_name") else MIDDLE
            _cell(sheet, line, place, value, 1, styles(**look, **grey))
            sheet.set_row(line, ROW_HEIGHT)
    note = "权数为指标的分母(人口或保障人数)。只凭偶然:各地率若都相同,小地方的数字自己也会起落成这样。"
    sheet.write(len(rows) + 3, 0, note, styles(font_color=GREY))
    sheet.freeze_panes(2, 2)
    sheet.repeat_rows(0, 1)
    page(sheet)


def _trend(book: "Workbook", styles: Styles, found: Gap, rows: Sequence[Row]) -> None:
    """Write a line a street and a column a month, with a line chart below."""
    sheet = book.add_worksheet("街道走势")
    unit = unit_of(found.first)
    months = sorted({row["month"] for row in rows})[-TREND_MONTHS:]
    value = {(row["area_code"], row["month"]): row["value"] for row in rows}
    areas = sorted({(row["area_code"], row["area_name"]) for row in rows})
    title = f"{found.word('programme')} · {found.word('indicator')}({unit.word})"
    sheet.write(0, 0, f"{title} · 走势", styles(bold=True, font_size=14))
    sheet.set_row(0, 26)
    sheet.write(1, 0, found.word("level"), styles(**HEAD))
    sheet.set_column(0, 0, max(12, *(width(name) + 3 for _, name in areas)))
    sheet.set_column(1, len(months), 8)
    number = {"num_format": f"0.{'0' * unit.digits}" if unit.digits else "0"}
    chart = book.add_chart({"type": "line"})
    for place, month in enumerate(months, start=1):
        sheet.write_string(1, place, f"{month:%Y-%m}", styles(**HEAD))
    for line, (code, name) in enumerate(areas, start=2):
        sheet.set_row(line, ROW_HEIGHT)
        sheet.write_string(line, 0, name, styles(**TEXT))
        for place, month in enumerate(months, start=1):
            _cell(sheet, line, place, value.get((code, month)), unit.factor, styles(**CELL, **number))
        span = {
            "name": [sheet.name, line, 0],
            "categories": [sheet.name, 1, 1, 1, len(months)],
            "values": [sheet.name, line, 1, line, len(months)],
        }
        chart.add_series(span | {"line": {"width": 1.75}, "smooth": False})
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_legend({"position": "right"})
    chart.set_y_axis(
        {"num_format": number["num_format"], "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
    )
    chart.show_blanks_as("gap")
    chart.set_size({"width": 1000, "height": 400})
    sheet.insert_chart(len(areas) + 3, 0, chart)
    sheet.freeze_panes(2, 1)
    page(sheet)


def _everything(sheet: "Worksheet", styles: Styles, rows: Sequence[Row]) -> None:
    """Write every level, programme, indicator and basis of the month, one line each, ready to filter."""
    headings = (
        ("级别", 10),
        ("救助项目", 10),
        ("指标", 18),
        ("口径", 10),
        ("地区代码", 15),
        ("地区", 20),
        ("所属", 16),
        ("值", 10),
        ("单位", 8),
        ("分子", 12),
        ("分母", 12),
        ("全区", 10),
        ("与全区差", 10),
        ("补齐人数", 10),
        ("补齐资金(元/月)", 14),
        ("排名", 8),
        ("波动低", 10),
        ("波动高", 10),
        ("状态", 10),
    )
    for place, (heading, wide) in enumerate(headings):
        sheet.write(0, place, heading, styles(**HEAD))
        sheet.set_column(place, place, wide)
    for line, row in enumerate(rows, start=1):
        unit, word = unit_of(row), Gap([row])
        basis = gap.BASIS.get(row["basis_code"], row["basis_code"])
        texts = (word.word("level"), word.word("programme"), word.word("indicator"), basis, row["area_code"])
        number = styles(num_format=f"#,##0.{'0' * unit.digits}" if unit.digits else "#,##0")
        whole, general = styles(num_format="#,##0"), styles()
        cells: list[tuple[Any, float, Format]] = [(text, 1, general) for text in texts]
        cells += [(row["area_name"], 1, general), (row["parent_name"], 1, general)]
        cells += [(row["value"], unit.factor, number), (unit.word, 1, general)]
        cells += [(row["numerator"], 1, whole), (row["denominator"], 1, whole)]
        cells += [(row["district_value"], unit.factor, number), (row["gap"], unit.factor, number)]
        cells += [(row["gap_persons"], 1, whole), (row["gap_yuan"], 1, whole), (row["rank"], 1, whole)]
        cells += [(row["low"], unit.factor, number), (row["high"], unit.factor, number)]
        cells += [(show.STATUS.get(row["status"], row["status"]), 1, general)]
        for place, (value, factor, form) in enumerate(cells):
            _cell(sheet, line, place, value, factor, form)
    sheet.autofilter(0, 0, max(1, len(rows)), len(headings) - 1)
    sheet.freeze_panes(1, 6)
    sheet.repeat_rows(0)
    page(sheet)
