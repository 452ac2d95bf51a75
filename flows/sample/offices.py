"""Each office's habit: file names, titles, header spellings, dates, footers, encodings.

The headers and words come from the departments' declarations; only the manner is written here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

import polars as pl

from flows.declarations import Extract, Table, extracts
from flows.sample.files import Inbox, Sheet, excel_serial
from flows.sample.months import NEVER, first_day, month

Dates = Literal["2025-06-30", "2025年6月30日", "20250630", "date cell", "serial number"]
MonthsAs = Literal["2025-06", "2025年6月", "202506"]
MONTH_FORMATS: dict[MonthsAs, str] = {"2025-06": "%Y-%m", "2025年6月": "%Y年%-m月", "202506": "%Y%m"}
DATE_FORMATS: dict[Dates, str] = {"2025-06-30": "%Y-%m-%d", "2025年6月30日": "%Y年%-m月%-d日", "20250630": "%Y%m%d"}
UNITS = {"元": 1.0, "万元": 10_000.0, "亿元": 100_000_000.0, "分": 0.01}


@dataclass(frozen=True)
class Habit:
    """How one office writes one extract; from `changed` on it uses the last header it is known for."""

    file: str  # {month} stands for the month, {suffix} for a correction
    dates: Dates = "2025-06-30"
    months: MonthsAs = "202506"
    sheet: str = "Sheet1"
    above: tuple[str, ...] = ()
    footer: tuple[tuple[str, ...], ...] = ()
    total_of: str | None = None
    encoding: str = "utf-8-sig"
    line_end: str = "\n"
    changed: int = NEVER
    words: int = 0  # which of a code's spellings it writes


def _roster(name: str, dates: Dates, sheet: str, changed: int) -> Habit:
    return Habit(
        file=f"{name}花名册{{month}}{{suffix}}.xlsx",
        dates=dates,
        sheet=sheet,
        above=(f"{{district}}{name}{'家庭成员' if '成员' in sheet else '家庭'}花名册({{label}})",),
        footer=(("制表人:言若木", "", "", "审核人:时慕青"),),
        total_of="entitlement_amount_yuan" if "家庭" in sheet and name != "低边" else None,
        changed=changed,
    )


NEW_TEMPLATE = month(2024, 9)
HABITS: dict[str, Habit] = {
    "standards": Habit("救助标准.xlsx", dates="2025年6月30日", above=("{district}社会救助标准一览表",)),
    "dibao_households": _roster("低保", "2025-06-30", "家庭", NEW_TEMPLATE),
    "dibao_members": _roster("低保", "2025-06-30", "成员", NEW_TEMPLATE),
    "dibian_households": _roster("低边", "serial number", "家庭", NEVER),
    "dibian_members": _roster("低边", "serial number", "成员", NEVER),
    "tekun_households": _roster("特困", "20250630", "家庭名单", month(2025, 1)),
    "tekun_members": _roster("特困", "20250630", "成员名单", month(2025, 1)),
    "payments": Habit(
        "救助金发放{month}.csv",
        dates="20250630",
        months="2025年6月",
        encoding="gb18030",
        line_end="\r\n",
        changed=month(2025, 1),
    ),
    "temporary_assistance": Habit(
        "临时救助台账{label}.xlsx",
        dates="2025年6月30日",
        above=("临时救助台账", "填报单位:{district}民政局    {label}    单位:元"),
        footer=(("制表人:言若木",),),
        total_of="grant_amount_yuan",
        changed=month(2024, 7),
    ),
    "visits": Habit("走访记录{label}.xlsx", sheet="{street}", above=("{street}困难家庭走访记录({label})",)),
    "verification_reports": Habit(
        "核对报告{month}.csv", months="202506", dates="20250630", changed=month(2024, 10), words=1
    ),
    "recoveries": Habit(
        "追缴台账{label}.xlsx",
        dates="date cell",
        above=("违规享受救助资金追缴台账({label})",),
        total_of="recovered_amount_yuan",
        changed=month(2025, 1),
    ),
    "funds": Habit(
        "救助资金拨付{label}.xlsx",
        above=("{district}社会救助资金拨付情况表({label},单位:万元)",),
        total_of="fund_amount_yuan",
        footer=(("制表人:盛书禾", "", "单位(盖章)"),),
        changed=month(2025, 1),
        words=1,
    ),
    "custody": Habit(
        "在押服刑人员{label}.xlsx", dates="date cell", above=("在押服刑人员名单({label})",), changed=month(2024, 6)
    ),
    "settlements": Habit("settlements.sqlite", months="202506"),
    "deaths": Habit("死亡注销{month}.csv", months="2025-06", changed=month(2024, 12)),
    "residence_registrations": Habit(
        "居住登记{label}.xlsx", dates="20250630", above=("居住登记人员名单({label})",), changed=month(2025, 3)
    ),
    "divisions": Habit("区划代码{month}.xlsx", above=("统计用区划代码表({label})",), changed=month(2025, 1)),
    "division_changes": Habit("区划变更.csv", months="2025年6月"),
    "population": Habit(
        "人口{label}.csv", months="2025年6月", encoding="gb18030", line_end="\r\n", changed=month(2024, 12), words=1
    ),
    "stated_figures": Habit("报告已述数字.csv"),
    "area_decisions": Habit("村社区名称核定.csv"),
}


@dataclass(frozen=True)
class Delivery:
    """One sheet or file as an office wrote it: where it is, and where its data begin."""

    extract: str
    file: str
    sheet: str
    first_row: int


def deliver(
    inbox: Inbox,
    name: str,
    frame: pl.DataFrame,
    number: int,
    *,
    district: str,
    suffix: str = "",
    mark: str = "",
    street: str = "",
    habit: Habit | None = None,
    spoil: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
) -> Delivery:
    """Write true rows (columns by delivered name, codes and yuan) as the office would, and say where they are.

    `spoil` changes the written rows (still under their delivered names): what went wrong in the office.
    """
    department, extract, table = next(found for found in extracts() if found[1].name == name)
    habit = habit or HABITS[name]
    words = {
        "month": month_word(number, "202506"),
        "label": month_word(number, "2025年6月"),
        "suffix": suffix,
        "district": district,
        "street": street,
    }
    file = str(PurePosixPath(department.department) / habit.file.format(**words))
    sheet_name = habit.sheet.format(**words) + mark
    written = as_written(frame, extract, table, habit, number)
    if spoil:
        written = spoil(written)
    spelled = written.rename(headers(extract, habit, number))
    if extract.reader == "csv":
        inbox.add_csv(file, spelled, habit.encoding, habit.line_end)
        return Delivery(name, file, "", 2)
    if extract.reader == "database":
        inbox.add_table(file, "settlement", spelled)
        return Delivery(name, file, "", 1)
    footer = list(habit.footer)
    if habit.total_of and len(frame):
        footer.insert(0, _total(written, habit.total_of))
    sheet = Sheet(sheet_name, spelled, tuple(line.format(**words) for line in habit.above), tuple(footer))
    inbox.add_sheet(file, sheet)
    return Delivery(name, file, sheet_name, sheet.first_row)


def _total(written: pl.DataFrame, name: str) -> tuple[str, ...]:
    column = written[name]
    amount = "" if column.dtype == pl.String else f"{column.sum():.2f}"
    return ("合计", *[""] * (written.columns.index(name) - 1), amount)


def month_word(number: int, how: MonthsAs) -> str:
    """Return a month as an office writes it."""
    return first_day(number).strftime(MONTH_FORMATS[how])


def headers(extract: Extract, habit: Habit, number: int) -> dict[str, str]:
    """Return the header of each delivered name in a month: the first it is known under, later the last."""
    at = -1 if number >= habit.changed else 0
    return {name: seen[at] for name, seen in extract.columns.items()}


def as_written(frame: pl.DataFrame, extract: Extract, table: Table, habit: Habit, number: int) -> pl.DataFrame:
    """Return the delivered columns in the office's words: spellings of codes, dates, months, units."""
    kinds = {column.name: column for column in table.columns}
    births = {personal.name for personal in table.personal if personal.kind == "birth_date"}
    columns = []
    for name in extract.columns:
        value, column = pl.col(name), kinds.get(name)
        kind = "date" if name in births else column.kind if column else "month" if name == "report_month" else "text"
        if kind == "date":
            value = _date(value, habit.dates)
        elif kind == "month":
            value = value.dt.strftime(MONTH_FORMATS[habit.months])
        elif kind == "flag":
            value = pl.when(value).then(pl.lit("是")).otherwise(pl.lit("否"))
        elif kind in ("code", "sex") and column:
            spelled = {code: said[min(habit.words, len(said) - 1)] for code, said in column.values.items()}
            value = value.replace_strict(spelled, return_dtype=pl.String)
        elif kind == "yuan" and (unit := extract.units.get(name)):
            value = value / UNITS[unit]
        columns.append(value.alias(name))
    written = frame.select(columns)
    if extract.reader == "csv":
        written = written.with_columns(
            pl.col(name).round(2).map_batches(_two_decimals, return_dtype=pl.String)
            for name, column in kinds.items()
            if name in written.columns and column.kind == "yuan"
        )
    return written


def _two_decimals(amounts: pl.Series) -> pl.Series:
    fen = (amounts * 100).round().cast(pl.Int64)
    return (fen // 100).cast(pl.String) + "." + (fen % 100).cast(pl.String).str.zfill(2)


def _date(value: pl.Expr, how: Dates) -> pl.Expr:
    if how == "date cell":
        return value
    if how == "serial number":
        return excel_serial(value)
    return value.dt.strftime(DATE_FORMATS[how])
