"""The balance indicators of any table of areas a user has: csv, xls or xlsx, of any country.

The indices are the SQL macro of the marts, rendered for this table; dbt is not started.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from flows import show
from flows.errors import DeliveryError, SettingsError
from flows.excel import OLE, ZIP, Sheet, Workbooks
from flows.normalise import something, squeeze, squeezed
from flows.read import DELIMITERS, ENCODINGS, FOOTER, Header, find_header, parse_csv
from flows.settings import DBT_PROJECT

if TYPE_CHECKING:
    from rich.table import Table

MACROS = ("exact_sum", "balance_indices")
LARGEST = 1e15  # the sums of the macro are exact below 10^17
TOTALS = FOOTER.replace("^(", "^(?i:total|sum|all)$|^(", 1)
# Key of the result → column of the macro, label in the terminal.
RESULTS = {
    "areas": ("areas_count", "地区数"),
    "population": ("denominator", "人口(权数)"),
    "events": ("numerator", "总数"),
    "rate": ("value", "人均值"),
    "cv": ("cv", "变异系数(加权)"),
    "cv_unweighted": ("cv_unweighted", "变异系数(不加权)"),
    "gini": ("gini", "基尼系数(加权)"),
    "gini_unweighted": ("gini_unweighted", "基尼系数(不加权)"),
    "theil_t": ("theil_t", "泰尔指数 T(加权)"),
    "theil_t_between": ("theil_t_between", "  其中:上级之间"),
    "theil_t_within": ("theil_t_within", "  其中:上级之内"),
    "theil_t_unweighted": ("theil_t_unweighted", "泰尔指数 T(不加权)"),
    "theil_l": ("theil_l", "泰尔指数 L(加权)"),
    "theil_l_zeros": ("theil_l_zeros_count", "  值为零的地区"),
    "atkinson_05": ("atkinson_05", "阿特金森指数 ε=0.5"),
    "atkinson_1": ("atkinson_1", "阿特金森指数 ε=1"),
    "hoover": ("hoover", "胡佛指数"),
    "max_min": ("max_min", "最高 ÷ 最低"),
    "p90_p10": ("p90_p10", "P90 ÷ P10"),
}


def balance_file(
    path: Path, area: str, parent: str | None, population: str, events: str | None, value: str | None
) -> dict[str, Any]:
    """Return the balance of a table of areas: the keys of RESULTS, `areas_missing` and `rows_skipped` (names).

    `area`, `parent`, `population`, `events` (a total an area) and `value` (per head) name columns. An area whose count
    or population is blank, or that nobody lives in, is listed as missing and left out of both sides. Raise
    SettingsError with every cell that is no number, and where a column is not there.
    """
    counted = events or value
    named = {"area": area, "parent": parent, "population": population, "counted": counted}
    cells = _table(path, {name: header for name, header in named.items() if header})
    is_total = pl.col("area").str.contains(TOTALS)
    skipped = cells.filter(is_total)["area"].to_list()
    frame = _numbers(path, cells.filter(~is_total), {"population": population, "counted": str(counted)})
    if "parent" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias("parent"))
    elif frame["parent"].null_count():
        rows = "、".join(map(str, frame.filter(pl.col("parent").is_null())["row_number"].head(5)))
        raise SettingsError(
            f"{path.name}: 第 {rows} 行没有填“{parent}”;请逐行填写(合并的单元格也要填满),或不用 --parent"
        )
    is_missing = pl.col("population").is_null() | pl.col("counted").is_null() | (pl.col("population") <= 0)
    numerator = pl.col("counted") if events else pl.col("counted") * pl.col("population")
    known = frame.filter(~is_missing).select(
        pl.lit(1).alias("table_number"),
        pl.col("row_number").alias("area_code"),
        pl.col("parent").alias("parent_area_code"),
        numerator.alias("numerator"),
        pl.col("population").alias("denominator"),
    )
    if known.is_empty():
        raise SettingsError(f"{path.name}: 没有一个地区同时有“{population}”和“{counted}”;请核对列名和内容")
    found = indices(known)
    return {
        **{key: found[column] for key, (column, _) in RESULTS.items()},
        "areas_missing": frame.filter(is_missing)["area"].to_list(),
        "rows_skipped": skipped,
    }


def indices(cells: pl.DataFrame) -> dict[str, Any]:
    """Return the macro's indices of one table: table_number, area_code, parent_area_code, numerator, denominator."""
    import duckdb
    from jinja2 import Environment

    source = "".join((DBT_PROJECT / "macros" / f"{name}.sql").read_text(encoding="utf-8") for name in MACROS)
    query = Environment().from_string(source + "{{ balance_indices('cells', ['table_number']) }}").render()
    with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": "false"}) as connection:
        connection.register("cells", cells)
        answer = connection.execute(f"select * from {query}")
        names = [column[0] for column in answer.description or []]
        [row] = answer.fetchall()
    return dict(zip(names, row, strict=True))


def table(found: dict[str, Any]) -> "Table":
    """Return the indicators for the terminal, with what was left out."""
    rows = [{"key": label, "value": found[key]} for key, (_, label) in RESULTS.items()]
    for key, label in (("areas_missing", "缺数、未计入的地区"), ("rows_skipped", "合计等行,未计入")):
        if found[key]:
            rows.append({"key": label, "value": "、".join(found[key])})
    headings = [show.Heading("key", "指标"), show.Heading("value", "值", _written)]
    return show.table(None, headings, rows)


def _written(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _table(path: Path, wanted: dict[str, str]) -> pl.DataFrame:
    """Return the wanted columns as text, with the row numbers people see, from the first sheet that has them all."""
    columns = {name: (header,) for name, header in wanted.items()}
    best: tuple[Sheet, Header] | None = None
    for sheet in _sheets(path):
        header = find_header(sheet.cells, columns) if not sheet.cells.is_empty() else None
        if header and (best is None or len(header.columns) > len(best[1].columns)):
            best = sheet, header
        if header and len(header.columns) == len(wanted):
            break
    if best is None or len(best[1].columns) < len(wanted):
        there = _texts(best, path)
        missing = "、".join(f"“{header}”" for header in wanted.values() if squeeze(header) not in there)
        raise SettingsError(f"{path.name}: 没有列 {missing};这个文件里有 {'、'.join(there)};请核对列名")
    sheet, header = best
    named = {f"column_{column}": name for column, name in header.columns.items()}
    return (
        sheet.cells.with_row_index("row_number", offset=1)
        .slice(header.row + header.lines)
        .select("row_number", *(something(pl.col(column)).alias(name) for column, name in named.items()))
        .filter(pl.col("area").is_not_null())
    )


def _texts(best: tuple[Sheet, Header] | None, path: Path) -> list[str]:
    """Return the headers of the row that comes closest, else what the first row that says something says."""
    if best:
        cells, row = best[0].cells, best[1].row + best[1].lines - 1
    else:
        cells = next((sheet.cells for sheet in _sheets(path) if not sheet.cells.is_empty()), pl.DataFrame())
        row = 0
    return [text for text in cells.slice(row, 1).select(squeezed(pl.all())).rows()[0] if text] if cells.height else []


def _sheets(path: Path) -> list[Sheet]:
    content = path.read_bytes()
    if content.startswith((ZIP, OLE)):
        with Workbooks() as workbooks:
            try:
                return [sheet for sheet in workbooks.read(path, path.name, ("*",)) if sheet.is_visible]
            except DeliveryError as error:
                raise SettingsError(str(error)) from None
    sheets = []
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        for delimiter in DELIMITERS:
            try:
                sheets.append(Sheet("", True, parse_csv(text, delimiter)))
            except DeliveryError:
                continue
    if not sheets:
        raise SettingsError(f"{path.name}: 读不出来;请另存为 xlsx 或 CSV UTF-8 再试")
    return sheets


def _numbers(path: Path, cells: pl.DataFrame, columns: dict[str, str]) -> pl.DataFrame:
    """Return the columns as numbers; raise SettingsError listing the cells that are none."""
    made = cells.with_columns(
        pl.col(name).str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False).alias(f"{name}_number")
        for name in columns
    )
    odd = [
        f"第 {row} 行“{columns[name]}”的 {squeeze(text)}"
        for name in columns
        for row, text in made.filter(
            pl.col(name).is_not_null()
            & (pl.col(f"{name}_number").is_null() | ~pl.col(f"{name}_number").is_between(0, LARGEST))
        )
        .select("row_number", name)
        .iter_rows()
    ]
    if odd:
        more = f" 等 {len(odd)} 处" if len(odd) > 3 else ""
        raise SettingsError(f"{path.name}: {'、'.join(odd[:3])}{more} 不是不小于 0 的数;请改成数字,没有的留空")
    return made.with_columns(pl.col(f"{name}_number").alias(name) for name in columns)
