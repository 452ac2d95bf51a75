"""Text cells to contract columns: types, codes, units, places; a problem a cell that cannot be understood.

Only a row that cannot be used at all is rejected; everything else stays and is listed for correction.
"""

import math
import statistics
from collections import defaultdict
from dataclasses import dataclass

import polars as pl

from flows import normalise
from flows.areas import Areas
from flows.declarations import Column, Extract, MonthFromColumn, Table
from flows.read import OVERFLOW

PROBLEM = {
    "delivery_id": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int64,
    "column": pl.String,
    "reason_code": pl.String,
    "reason": pl.String,
    "advice": pl.String,
    "is_fatal": pl.Boolean,
}
PLACE = ("delivery_id", "sheet", "row_number")
MONTH = "_month"  # the parsed month, beside the delivered `report_month`
ADVICE = {
    "integer": "请填整数",
    "decimal": "请填数字",
    "yuan": "请填金额数字",
    "date": "请填日期,如 2025-06-30",
    "month": "请填月份,如 2025-06",
    "flag": "请填 是 或 否",
    "division_code": "请填 12 位统计用区划代码",
}
UNREADABLE = {
    "integer": "不是整数",
    "decimal": "不是数字",
    "yuan": "金额看不懂",
    "date": "日期看不懂或不存在",
    "month": "月份看不懂",
    "flag": "不是“是/否”",
    "division_code": "不是 12 位区划代码",
    "code": "不在可选值之内",
}
# One amount is suspected where it lies more than 3000 times (10^3.5) off its file's median, and in the other unit
# within about 3 times (10^0.5): no benefit spreads that far, while 元 and 万元 differ by 10000.
FAR, CLOSE = 3.5, 0.5
# A whole file: its median is 300 times (10^2.5) off those of other deliveries, and in the other unit within 18 times.
FAR_MEDIAN = 2.5
ENOUGH = 5  # amounts, or deliveries, that a comparison needs
LEAST = 1.0  # yuan; without deliveries to compare with, a median below it is no amount of assistance
SHOWN = 3  # suspected amounts written out in one warning
SCALE = {"分": 0.01, "元": 1.0, "万元": 1e4, "亿元": 1e8}
OTHER_UNIT = {"分": "元", "元": "万元", "万元": "元", "亿元": "万元"}


@dataclass
class Conformed:
    """Typed rows (personal columns still as text), every problem, and sentences about deliveries as a whole."""

    good: pl.DataFrame
    problems: pl.DataFrame
    warnings: dict[str, list[str]]
    months: pl.DataFrame  # delivery_id, report_month: of every row, rejected ones too
    medians: dict[str, dict[str, float]]  # delivery_id → amount column → median of the positive amounts, yuan


def polars_type(data_type: str) -> pl.DataType:
    """Return the polars type of a landed SQL type; a uuid is its 16 bytes."""
    if data_type.startswith("decimal("):
        precision, scale = data_type.removeprefix("decimal(").removesuffix(")").split(",")
        return pl.Decimal(int(precision), int(scale))
    types = {
        "varchar": pl.String(),
        "date": pl.Date(),
        "uuid": pl.Binary(),
        "boolean": pl.Boolean(),
        "bigint": pl.Int64(),
    }
    return types[data_type] if data_type != "timestamp" else pl.Datetime("us")


def conform(
    frame: pl.DataFrame, extract: Extract, table: Table, areas: Areas, usual: dict[str, list[float]] | None = None
) -> Conformed:
    """Conform the rows of one extract's deliveries (delivery_id, sheet, row_number, title_month, text columns).

    `usual` are the medians (yuan) of each amount column in deliveries landed before.
    """
    frame = frame.with_columns(_month(extract).alias(MONTH))
    problems: list[pl.DataFrame] = []
    warnings: dict[str, list[str]] = defaultdict(list)
    medians: dict[str, dict[str, float]] = defaultdict(dict)
    typed: list[pl.Series] = []
    if isinstance(extract.month, MonthFromColumn):
        label = table.delivered()[extract.month.column][0]
        problems += _unreadable(frame, extract.month.column, frame[MONTH], label, "month", True)
    for column in table.columns:
        if column.from_:
            values, found = _place(frame, column, areas)
            problems += found
        elif column.kind in ("key", "id_status", "birth_month", "sex"):
            continue  # derived from personal columns in identify
        else:
            values = _typed(frame, column, extract)
            if column.name in frame.columns:
                problems += _unreadable(frame, column.name, values, column.label, column.kind, column.required, column)
            if column.kind == "yuan":
                amounts = _medians(frame, values)
                unit = extract.units.get(column.name, "元")
                for delivery_id, sentences in _suspect(
                    amounts, column, unit, (usual or {}).get(column.name, [])
                ).items():
                    warnings[delivery_id] += sentences
                for delivery_id, median in amounts.select("delivery_id", "median").unique().iter_rows():
                    medians[delivery_id][column.name] = round(median, 2)
        typed.append(values.alias(column.name))
    problems += _overflown(frame)
    listed = pl.concat(problems) if problems else pl.DataFrame(schema=PROBLEM)
    personal = [each.name for each in table.personal if each.name in frame.columns]
    derived = [column.name for column in table.columns if column.kind == "sex" and column.name in frame.columns]
    kept = frame.select(
        *PLACE, pl.col(MONTH).alias("report_month"), *personal, pl.col(derived).name.prefix("delivered_")
    )
    fatal = listed.filter("is_fatal").select(*PLACE).unique()
    good = kept.with_columns(typed).join(fatal, on=list(PLACE), how="anti", maintain_order="left")
    months = frame.select("delivery_id", pl.col(MONTH).alias("report_month")).unique()
    return Conformed(good, listed, warnings, months, medians)


def problem(
    rows: pl.DataFrame, column: str, code: str, reason: str | pl.Expr, advice: str | pl.Expr, is_fatal: bool
) -> pl.DataFrame:
    """Return one line a row for the correction list."""
    words = [each if isinstance(each, pl.Expr) else pl.lit(each) for each in (reason, advice)]
    return rows.select(
        *PLACE,
        pl.lit(column).alias("column"),
        pl.lit(code).alias("reason_code"),
        words[0].alias("reason"),
        words[1].alias("advice"),
        pl.lit(is_fatal).alias("is_fatal"),
    )


def _month(extract: Extract) -> pl.Expr:
    if isinstance(extract.month, MonthFromColumn):
        return normalise.month(pl.col(extract.month.column))
    return pl.col("title_month")  # null where an extract replaces the whole


def _typed(frame: pl.DataFrame, column: Column, extract: Extract) -> pl.Series:
    target = polars_type(column.data_type)
    if column.name not in frame.columns:
        return pl.Series(column.name, [None] * frame.height, dtype=target)
    cells = pl.col(column.name)
    made = {
        "text": lambda: normalise.text(cells).str.replace(r"^(\d+)\.0$", "$1"),
        "integer": lambda: normalise.integer(cells),
        "decimal": lambda: normalise.number(cells).cast(target, strict=False),
        "yuan": lambda: normalise.yuan(cells, extract.units.get(column.name, "元")),
        "date": lambda: normalise.day(cells),
        "month": lambda: normalise.month(cells),
        "flag": lambda: normalise.flag(cells),
        "code": lambda: normalise.code(cells, column.spellings()),
        "division_code": lambda: normalise.division_code(cells),
    }[column.kind]()
    return frame.select(made.cast(target, strict=False)).to_series()


def _unreadable(
    frame: pl.DataFrame,
    name: str,
    values: pl.Series,
    label: str,
    kind: str,
    is_required: bool,
    column: Column | None = None,
) -> list[pl.DataFrame]:
    """Return the cells that are empty though required, and those that say something that is not understood."""
    if kind == "text" and not is_required:
        return []
    marked = frame.select(
        *PLACE, values.is_null().alias("null"), normalise.something(pl.col(name)).is_null().alias("empty")
    )
    found = []
    if is_required:
        rows = marked.filter(pl.col("null") & pl.col("empty"))
        found.append(problem(rows, label, "missing", f"{label}为空", f"请补填{label}", True))
    advice = ADVICE.get(kind, "请更正")
    if kind == "code" and column:
        advice = "请填 " + "、".join(words[0] if words else code for code, words in column.values.items()) + " 之一"
    rows = marked.filter(pl.col("null") & pl.col("empty").not_())
    effect = "" if is_required else ";暂按空白处理"
    found.append(
        problem(rows, label, f"bad_{kind}", f"{label}{UNREADABLE.get(kind, '看不懂')}{effect}", advice, is_required)
    )
    return [each for each in found if not each.is_empty()]


def _place(frame: pl.DataFrame, column: Column, areas: Areas) -> tuple[pl.Series, list[pl.DataFrame]]:
    """Return the resolved codes of one area column, and what is to be said about its cells."""
    names = {part: getattr(column.from_, part) for part in ("code", "street", "village")}
    given = {part: name for part, name in names.items() if name in frame.columns}
    nothing = pl.lit(None, pl.String)
    places = frame.select(
        pl.col(MONTH).alias("month"),
        *((normalise.something(pl.col(given[part])) if part in given else nothing).alias(part) for part in names),
    )
    marked = pl.concat([frame.select(*PLACE), places, areas.resolve(places)], how="horizontal")
    is_empty = pl.all_horizontal(pl.col(part).is_null() for part in names)
    # Where a village is asked for, a street alone would drop out of every village's figures without a word.
    is_short = pl.lit("village" in given) & pl.col("village").is_null() & pl.col("code").is_null() & is_empty.not_()
    is_short = is_short & (pl.col("how") != "outside").fill_null(True)
    code = pl.when(is_short.not_()).then(pl.col("area_code"))
    is_unknown = is_empty.not_() & is_short.not_() & pl.col("area_code").is_null()
    label, is_fatal = column.label, column.required
    effect = "" if is_fatal else ";暂按空白处理"
    missing = f"{label}为空", f"请补填{label}"
    short = f"{label}只有街道,没有村(社区){effect}", "请补填村(社区)"
    unknown = f"{label}在区划代码表里找不到{effect}"
    listed = pl.when(pl.col("note") != "").then(pl.format("{};请改用其中之一,或由本单位核定", "note"))
    choice = listed.otherwise(pl.lit("请改用区划代码表里的名称,或由本单位核定"))
    near = pl.format("{}{}", pl.lit(label), "note"), "请核对;认错请改用区划代码表里的名称"
    found = [
        problem(marked.filter(is_short), label, "area_incomplete", *short, is_fatal),
        problem(marked.filter(is_unknown), label, "area_unknown", unknown, choice, is_fatal),
        problem(marked.filter(pl.col("how") == "near"), label, "area_near", *near, False),
    ]
    if column.required:
        found.append(problem(marked.filter(is_empty), label, "missing", *missing, True))
    return marked.select(code).to_series(), [each for each in found if not each.is_empty()]


def _medians(frame: pl.DataFrame, values: pl.Series) -> pl.DataFrame:
    amounts = frame.select(*PLACE, values.cast(pl.Float64).alias("amount")).filter(pl.col("amount") > 0)
    return amounts.with_columns(
        pl.col("amount").median().over("delivery_id").alias("median"), pl.len().over("delivery_id").alias("count")
    )


def _suspect(amounts: pl.DataFrame, column: Column, unit: str, usual: list[float]) -> dict[str, list[str]]:
    """Return a warning with both readings for each delivery whose amounts contradict the declared unit.

    `amounts` are positive yuan with their delivery's median and count; `usual` are medians of other deliveries.
    """
    other = OTHER_UNIT[unit]
    factor = SCALE[other] / SCALE[unit]
    low, high = column.range or (0, math.inf)
    warnings: dict[str, list[str]] = {}
    medians = dict(amounts.select("delivery_id", "median").unique(maintain_order=True).iter_rows())
    for delivery_id, median in medians.items():
        rest = [*usual, *(value for each, value in medians.items() if each != delivery_id)]
        if len(rest) >= ENOUGH:
            reference = statistics.median(rest)
            is_suspect = (
                abs(math.log10(median / reference)) > FAR_MEDIAN > 2 * abs(math.log10(median * factor / reference))
            )
        else:
            is_suspect = not max(low, LEAST) <= median <= high and max(low, LEAST) <= median * factor <= high
        if is_suspect:
            warnings[delivery_id] = [
                f"{column.label}:按声明的“{unit}”读,中位数是 {median:,.2f} 元;"
                f"按“{other}”读是 {median * factor:,.2f} 元,更像往常;已按声明的单位收,请核实"
            ]
    distance = (pl.col("amount") / pl.col("median")).log10()
    shift = abs(math.log10(factor))
    mixed = amounts.filter(
        pl.col("delivery_id").is_in(list(warnings)).not_()
        & (pl.col("count") >= ENOUGH)
        & (distance.abs() > FAR)
        & ((distance.abs() - shift).abs() < CLOSE)
    ).with_columns((pl.col("amount") * 10 ** (-distance.sign() * shift)).alias("other"))
    for (delivery_id,), rows in mixed.group_by("delivery_id", maintain_order=True):
        examples = "、".join(
            f"第 {row['row_number']} 行 {row['amount']:,.2f} 元(换一个单位则是 {row['other']:,.2f} 元)"
            for row in rows.head(SHOWN).iter_rows(named=True)
        )
        more = f" 等 {rows.height} 处" if rows.height > SHOWN else ""
        warnings[str(delivery_id)] = [
            f"{column.label}:{examples}{more}与同表其他金额相差约一万倍,疑似元与万元混用;已按“{unit}”收,请核实"
        ]
    return warnings


def _overflown(frame: pl.DataFrame) -> list[pl.DataFrame]:
    if OVERFLOW not in frame.columns:
        return []
    rows = frame.filter(normalise.text(pl.col(OVERFLOW)).is_not_null())
    reason, advice = "这一行的列数比表头多,内容可能错位", "请检查多出的逗号,含逗号的内容要加引号"
    return [problem(rows, "整行", "too_many_cells", reason, advice, True)] if not rows.is_empty() else []
