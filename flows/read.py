"""An original as text cells under their declared names: encoding proved, headers found, titles and footers dropped.

Every row of the file is accounted for: here as title, blank, footer or duplicate, later as good or rejected.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from flows.declarations import Extract, MonthFromColumn, Table
from flows.errors import DeliveryError
from flows.excel import Sheet, Workbooks
from flows.normalise import squeeze, squeezed

HEADER_WITHIN = 50  # rows; a title block longer than this is not one
ENCODINGS = ("utf-8-sig", "gb18030", "big5")
DELIMITERS = (",", "\t", ";", "|")
FOOTER = (
    r"^(合计|总计|小计|共计|累计|本页小计|制表|填表|填报|经办|审核|复核|审批|负责人|单位负责人|主管|分管领导|制单|单位[::(]|"
    r"登记人[::]|录入人[::]|统计人[::]|联系人[::]|联系电话[::]|电话[::]|说明[::]|注[::]|备注[::]|注释|日期[::]|打印|第\d+页|共\d+[页条户人])"
)
MONTH = re.compile(r"(\d{4})\s*[年\-./]\s*(\d{1,2})(?:\s*月|\b)")
QUARTER = re.compile(r"(\d{4})\s*年\s*第?\s*([1-4一二三四])\s*季")
MARKS = "*:"  # a star marks what must be filled in
OVERFLOW = "overflow"  # cells right of the last header of a CSV: a comma too many has shifted the row
SKIPPED = ("title", "blank", "footer", "duplicate")


@dataclass
class Reading:
    """One file as one extract: a text column a declared name, `sheet`, `row_number`, `title_month`; and the counts."""

    frame: pl.DataFrame
    rows_read: int
    rows_skipped: dict[str, int]
    encoding: str | None = None
    sheets: list[str] = field(default_factory=list)
    header_rows: dict[str, int] = field(default_factory=dict)
    mapped: dict[str, str] = field(default_factory=dict)
    unknown_headers: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    months: list[date | None] = field(default_factory=list)  # known without a row: from titles; None is the whole


@dataclass(frozen=True)
class Header:
    """Where a header stands (first row, number of lines) and which column carries which declared name."""

    row: int
    lines: int
    columns: dict[int, str]
    texts: dict[int, str]
    repeated: tuple[str, ...]
    unknown: tuple[str, ...]
    width: int  # columns up to the last header


def read(path: Path, file_name: str, extract: Extract, table: Table, workbooks: Workbooks) -> Reading:
    """Read one original; raise DeliveryError with every reason why it cannot be taken."""
    encoding = None
    if extract.reader == "excel":
        sheets = workbooks.read(path, file_name, extract.sheets)
    else:
        encoding, sheets = _read_text(path, file_name, extract, table)
    return _assemble(sheets, encoding, file_name, extract, table)


def find_header(cells: pl.DataFrame, columns: Mapping[str, Sequence[str]]) -> Header | None:
    """Return the header among the first rows: the row, or two merged lines, that names the most columns.

    `columns` gives each name the headers it has been seen under.
    """
    rows = cells.head(HEADER_WITHIN).select(squeezed(pl.all())).rows()
    names = {squeeze(seen).strip(MARKS): name for name, headers in columns.items() for seen in headers}
    best: Header | None = None
    for place, row in enumerate(rows):
        one = _match(place, [row], names)
        two = _match(place, [row, rows[place + 1]], names) if place + 1 < len(rows) else None
        for each in (one, two):
            # One line before two: a title and a header are two lines as well.
            if each and (best is None or (len(each.columns), -each.lines) > (len(best.columns), -best.lines)):
                best = each
        if best and best.lines == 1 and len(best.columns) == len(columns):
            break
    wanted = min(2, len(columns))
    return best if best and len(best.columns) >= wanted else None


def _match(place: int, lines: list[tuple[str | None, ...]], names: dict[str, str]) -> Header | None:
    texts = _flatten(lines)
    found: dict[str, tuple[int, int, str]] = {}  # declared name → (weakness, column, header)
    repeated = []
    for column, words in texts.items():
        for weakness, word in enumerate(words):
            if (name := names.get(word)) is None:
                continue
            if name not in found or found[name][0] > weakness:
                found[name] = (weakness, column, word)
            elif found[name][0] == weakness:
                repeated.append(word)
            break
    if not found:
        return None
    columns = {column: name for name, (_, column, _) in found.items()}
    headers = {column: header for _, column, header in found.values()}
    unknown = tuple(words[0] for column, words in texts.items() if column not in columns)
    return Header(place, len(lines), columns, headers, tuple(repeated), unknown, max(texts) + 1)


def _flatten(lines: list[tuple[str | None, ...]]) -> dict[int, tuple[str, ...]]:
    """Return what each column's header may be called, the best first; lines are one or two rows of cells."""
    if len(lines) == 1:
        return {place: (text.strip(MARKS),) for place, text in enumerate(lines[0]) if text}
    flat: dict[int, tuple[str, ...]] = {}
    above = ""
    for place, (top, bottom) in enumerate(zip(*lines, strict=True)):
        # A merged cell has its text in the first column only, so the upper line is carried to the right.
        above = (top or above).strip(MARKS)
        if bottom:
            below = bottom.strip(MARKS)
            flat[place] = (f"{above}/{below}", below) if above else (below,)
        elif top:
            flat[place] = (above,)
    return flat


def _required(extract: Extract, table: Table) -> dict[str, str]:
    # Declared names whose header must be there → label.
    needed = {name: label for name, (label, required) in table.delivered().items() if required}
    if isinstance(extract.month, MonthFromColumn):
        needed[extract.month.column] = table.delivered()[extract.month.column][0]
    return {name: label for name, label in needed.items() if name not in extract.constants}


def _missing(header: Header, extract: Extract, table: Table) -> list[str]:
    present = set(header.columns.values()) | set(extract.constants)
    wanted = [
        f"{label}(表头应为 {'、'.join(extract.columns[name])} 之一)"
        for name, label in _required(extract, table).items()
        if name not in present
    ]
    for column in table.columns:
        if column.required and column.from_ and not present & set(column.from_.names()):
            seen = [seen for name in column.from_.names() for seen in extract.columns.get(name, ())]
            wanted.append(f"{column.label}(表头应有 {'、'.join(seen)} 之一)")
    return sorted(wanted)


def _read_text(path: Path, file_name: str, extract: Extract, table: Table) -> tuple[str, list[Sheet]]:
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        tried: tuple[str, ...] = ("utf-16",)
    else:
        tried = tuple(dict.fromkeys((*filter(None, [extract.encoding]), *ENCODINGS)))
    best: tuple[int, str, Sheet] | None = None
    broken = None
    for encoding in tried:
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        # Decoding without an error proves nothing (Big5 decodes as GB18030): the headers are the proof.
        for delimiter in DELIMITERS:
            try:
                sheet = Sheet("", True, parse_csv(text, delimiter))
            except DeliveryError as error:
                broken = broken or error
                continue
            header = find_header(sheet.cells, extract.columns)
            matched = len(header.columns) if header else 0
            if best is None or matched > best[0]:
                best = (matched, encoding, sheet)
            if header and not _missing(header, extract, table):
                return encoding, [sheet]
    if broken and (best is None or not best[0]):
        raise DeliveryError(f"{file_name}: {broken}")
    if best is None:
        raise DeliveryError(f"{file_name}: 编码认不出(试过 {'、'.join(tried)});请另存为 CSV UTF-8 再报")
    return best[1], [best[2]]


def parse_csv(text: str, delimiter: str = ",") -> pl.DataFrame:
    """Return every record of a CSV as text cells; short rows are padded, a cell too many stands in the last column.

    Raise DeliveryError where a quote is not closed: rows would vanish into one cell.
    """
    if not text.strip():
        return pl.DataFrame()
    if "\n" not in text:
        text = text.replace("\r", "\n")  # as old Macs end lines
    try:
        head = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        width = max((len(record) for record, _ in zip(head, range(HEADER_WITHIN), strict=False)), default=1)
        schema = dict.fromkeys((*(f"column_{place}" for place in range(width)), OVERFLOW), pl.String)
        cells = pl.read_csv(
            text.encode(),
            has_header=False,
            schema=schema,
            separator=delimiter,
            truncate_ragged_lines=True,
            missing_columns="insert",
        )
        # Lines that look like records inside a cell are rows that an open quote has swallowed.
        swallowed = rf"\n[^\n]*(?:{re.escape(delimiter)}[^\n]*){{{max(2, width - 2)}}}"
        is_whole = '"' not in text or not cells.select(pl.any_horizontal(pl.all().str.contains(swallowed).any())).item()
    except (pl.exceptions.PolarsError, csv.Error):
        is_whole = False
    if not is_whole:
        odd = next((place for place, line in enumerate(text.split("\n"), start=1) if line.count('"') % 2), None)
        where = f"第 {odd} 行附近" if odd else "某处"
        # The parser's own message quotes the cell, so nothing of it is kept.
        raise DeliveryError(f"{where}引号没有成对,行会连成一片;请用 Excel 或 WPS 打开后另存为 CSV 再报") from None
    return cells


def _assemble(sheets: list[Sheet], encoding: str | None, file_name: str, extract: Extract, table: Table) -> Reading:
    problems: list[str] = []
    parts: list[pl.DataFrame] = []
    reading = Reading(pl.DataFrame(), 0, dict.fromkeys(SKIPPED, 0), encoding)
    names = (*extract.columns, *extract.constants)
    months: dict[str, date | None] = {}
    for sheet in sheets:
        where = f"{file_name}{' 工作表“' + sheet.name + '”' if sheet.name else ''}"
        if sheet.cells.is_empty():
            continue
        if not sheet.is_visible:
            reading.warnings.append(f"{where}: 是隐藏的工作表,未采用;要采用请取消隐藏后重报")
            continue
        header = find_header(sheet.cells, extract.columns)
        if header is None:
            reading.warnings.append(f"{where}: 没有认出表头,未采用")
            continue
        missing = _missing(header, extract, table)
        if missing or header.repeated:
            unknown = f";没认出的表头:{'、'.join(header.unknown)}" if header.unknown else ""
            problems += [f"{where}: 缺少 {'、'.join(missing)}{unknown};请补上该列或改回表头"] if missing else []
            problems += [f"{where}: 表头“{each}”一列出现两次;请只留一列" for each in header.repeated]
            continue
        rows, counts = _rows(sheet.cells, header, extract, table)
        months[sheet.name] = _title_month(sheet, header)
        parts.append(rows.with_columns(pl.lit(sheet.name).alias("sheet")))
        reading.rows_read += sheet.cells.height
        for kind, count in counts.items():
            reading.rows_skipped[kind] += count
        reading.sheets.append(sheet.name)
        reading.header_rows[sheet.name] = header.row + header.lines
        reading.mapped |= {name: header.texts[column] for column, name in header.columns.items()}
        reading.unknown_headers += [each for each in header.unknown if each not in reading.unknown_headers]
    if not parts and not problems:
        expected = "、".join(headers[0] for headers in list(extract.columns.values())[:6])
        problems.append(f"{file_name}: 没有认出表头(应有 {expected} 等);请核对文件,或编码、分隔符是否正确")
    if extract.month == "title":
        known = sorted({month for month in months.values() if month})
        for name, month in months.items():
            # One sheet with a month serves those that have none, unless sheets disagree.
            months[name] = month or (known[0] if len(known) == 1 else None)
            if months[name] is None:
                where = f"{file_name}{' 工作表“' + name + '”' if name else ''}"
                problems.append(f"{where}: 表头以上和工作表名里都没有“年月”;请在第一行写明,如 (2025年6月)")
    if problems:
        raise DeliveryError(";".join(sorted(problems)))
    if reading.unknown_headers:
        reading.warnings.append(f"{file_name}: 没认出的表头 {'、'.join(reading.unknown_headers)},未采用")
    frame = pl.concat([_named(part, names, extract) for part in parts])
    by_sheet = months if extract.month == "title" else dict.fromkeys(months)
    title_month = pl.col("sheet").replace_strict(by_sheet, default=None, return_dtype=pl.Date)
    frame = frame.with_columns(title_month.alias("title_month"))
    if extract.month == "title":
        reading.months = [*sorted({each for each in months.values() if each})]
    elif extract.month == "whole":
        reading.months = [None]
    whole = frame.unique(subset=[*names, OVERFLOW], keep="first", maintain_order=True)
    reading.rows_skipped["duplicate"] = frame.height - whole.height
    reading.frame = whole
    return reading


def _named(part: pl.DataFrame, names: tuple[str, ...], extract: Extract) -> pl.DataFrame:
    absent = [pl.lit(None, pl.String).alias(name) for name in (*names, OVERFLOW) if name not in part.columns]
    given = [pl.lit(value).alias(name) for name, value in extract.constants.items()]
    return part.with_columns(absent).with_columns(given).select(*names, OVERFLOW, "sheet", "row_number")


def _rows(cells: pl.DataFrame, header: Header, extract: Extract, table: Table) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the data rows under their declared names, and how many rows are none by what they are."""
    wanted = [f"column_{column}" for column, name in header.columns.items() if name in _required(extract, table)]
    said = {name: _said(pl.col(name)) for name in cells.columns}
    last = header.row + header.lines
    # A header repeated on every printed page; three columns that read as their headers are no coincidence.
    heads = cells.slice(header.row, header.lines).select(pl.all().drop_nulls().last()).row(0)
    sample = [column for column in header.columns if heads[column]][:3]
    repeated = pl.all_horizontal((pl.col(f"column_{column}") == heads[column]).fill_null(False) for column in sample)
    incomplete = pl.any_horizontal(said[name].is_null() for name in wanted) if wanted else pl.lit(True)
    # A CSV with a cell right of the last header: a comma too many, unless that column simply has no header.
    beyond = [said[name] for name in cells.columns[header.width :]] if OVERFLOW in cells.columns else []
    overflow = pl.coalesce(beyond) if beyond else pl.lit(None, pl.String)
    marked = (
        cells.with_columns(overflow.alias(OVERFLOW))
        .with_row_index("row_number", offset=1)
        .with_columns(squeezed(pl.coalesce(said.values())).alias("first"))
        .with_columns(
            pl.when(pl.col("first").is_null())
            .then(pl.lit("blank"))
            .when((pl.col("row_number") <= last) | repeated)
            .then(pl.lit("title"))
            .when(pl.col("first").str.contains(FOOTER) & incomplete)
            .then(pl.lit("footer"))
            .otherwise(pl.lit("data"))
            .alias("kind")
        )
    )
    counts = dict(marked.group_by("kind").len().iter_rows())
    named = {f"column_{column}": name for column, name in header.columns.items()}
    rows = marked.filter(pl.col("kind") == "data").select(*named, OVERFLOW, "row_number").rename(named)
    if 2 * rows[OVERFLOW].count() > rows.height:
        rows = rows.with_columns(pl.lit(None, pl.String).alias(OVERFLOW))
    return rows.with_columns(pl.col("row_number").cast(pl.Int64)), {k: n for k, n in counts.items() if k != "data"}


def _said(cells: pl.Expr) -> pl.Expr:
    # Cheaper than `squeezed`, for the question whether there is anything at all.
    stripped = cells.str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def _title_month(sheet: Sheet, header: Header) -> date | None:
    above = " ".join(cell for row in sheet.cells.head(header.row).rows() for cell in row if cell)
    return month_in(above) or month_in(sheet.name)


def month_in(text: str) -> date | None:
    """Return the first month written in a title (2025年6月; a quarter is its last month), as its first day."""
    text = squeeze(text)
    found = [(match.start(), int(match[1]), int(match[2])) for match in MONTH.finditer(text)]
    for match in QUARTER.finditer(text):
        quarter = "1234".find(match[2]) + 1 or "一二三四".find(match[2]) + 1
        found.append((match.start(), int(match[1]), 3 * quarter))
    for _, year, month in sorted(found):
        if 1900 <= year <= 2999 and 1 <= month <= 12:
            return date(year, month, 1)
    return None
