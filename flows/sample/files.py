"""Writes whole columns as workbooks, CSV and SQLite, the same bytes for the same rows.

A sheet's XML is put together column-wise: xlsxwriter, cell by cell, needs 5 s for the 低保 rosters alone,
the whole sample takes half of that this way (2026-11). Files grow district by district: only one district
is ever in memory.
"""

import sqlite3
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl

HEADER_STYLE, TITLE_STYLE, DATE_STYLE = 2, 3, 1
EXCEL_EPOCH = pl.date(1899, 12, 30)

_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'<styleSheet xmlns="{_NAMESPACE}"><fonts count="2"><font><sz val="11"/><name val="宋体"/></font>'
    '<font><b/><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    + '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1">'
    '<alignment horizontal="center" vertical="center"/></xf>'
    * 2
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True)
class Sheet:
    """A sheet as an office lays it out: lines above, a header of one or two lines, rows, a footer.

    A header "上/下" takes two lines, the upper one merged over its neighbours of the same name.
    Text is written as text, numbers as numbers, dates as date cells.
    """

    name: str
    frame: pl.DataFrame
    above: tuple[str, ...] = ()
    footer: tuple[tuple[str, ...], ...] = ()

    @property
    def header_lines(self) -> int:
        """Return how many lines the header takes."""
        return 2 if any("/" in header for header in self.frame.columns) else 1

    @property
    def first_row(self) -> int:
        """Return the number of the sheet's first row of data."""
        return len(self.above) + self.header_lines + 1


@dataclass
class Inbox:
    """A folder being filled, and the sheets its workbooks hold so far."""

    root: Path
    books: dict[Path, list[str]] = field(default_factory=dict)

    def add_sheet(self, file: str, sheet: Sheet) -> None:
        """Append a sheet to a workbook, which `close` makes whole."""
        path = self._place(file)
        names = self.books.setdefault(path, [])
        names.append(sheet.name)
        _add_part(path, f"xl/worksheets/sheet{len(names)}.xml", _sheet_xml(sheet))

    def add_csv(self, file: str, frame: pl.DataFrame, encoding: str, line_end: str) -> None:
        """Append rows to a CSV file; the first call writes the header (and a BOM where the encoding has one)."""
        path = self._place(file)
        is_new = not path.exists()
        text = frame.write_csv(include_header=is_new, line_terminator=line_end)
        with path.open("ab") as stream:
            stream.write(text.encode(encoding if is_new else encoding.removesuffix("-sig")))

    def add_table(self, file: str, table: str, frame: pl.DataFrame) -> None:
        """Append rows to a table of a SQLite database, keyed by its second column."""
        path = self._place(file)
        types = {pl.String: "text", pl.Float64: "numeric(12,2)"}
        columns = [f"{name} {types[type(dtype)]}" for name, dtype in frame.schema.items()]
        with sqlite3.connect(path) as connection:
            connection.execute("pragma journal_mode = off")
            connection.execute(f"create table if not exists {table} ({', '.join(columns)})")
            marks = ", ".join("?" * frame.width)
            connection.executemany(f"insert into {table} values ({marks})", frame.iter_rows())
        connection.close()

    def close(self) -> None:
        """Write what makes the collected sheets workbooks."""
        for path, names in self.books.items():
            _add_frame(path, names)

    def _place(self, file: str) -> Path:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def _add_part(path: Path, name: str, text: str) -> None:
    # A fixed time and system: the same rows give the same bytes on any day.
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3
    entry.external_attr = 0o600 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "a") as book:
        book.writestr(entry, (_DECLARATION + text).encode(), compresslevel=1)


def _add_frame(path: Path, names: list[str]) -> None:
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    numbers = range(1, len(names) + 1)
    sheets = [
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in zip(numbers, names, strict=True)
    ]
    targets = [(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    targets.append((f"rId{len(names) + 1}", "styles", "styles.xml"))
    parts = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    parts += [(f"/xl/worksheets/sheet{number}.xml", "worksheet") for number in numbers]
    overrides = [f'<Override PartName="{part}" ContentType="{kind}.{name}+xml"/>' for part, name in parts]
    _add_part(path, "xl/styles.xml", _STYLES)
    _add_part(
        path,
        "xl/workbook.xml",
        f'<workbook xmlns="{_NAMESPACE}" xmlns:r="{_RELATIONS}"><sheets>{"".join(sheets)}</sheets></workbook>',
    )
    _add_part(path, "xl/_rels/workbook.xml.rels", _relationships(package, targets))
    _add_part(path, "_rels/.rels", _relationships(package, [("rId1", "officeDocument", "xl/workbook.xml")]))
    _add_part(
        path,
        "[Content_Types].xml",
        f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{"".join(overrides)}</Types>',
    )


def _relationships(package: str, targets: list[tuple[str, str, str]]) -> str:
    rows = [f'<Relationship Id="{key}" Type="{_RELATIONS}/{kind}" Target="{target}"/>' for key, kind, target in targets]
    return f'<Relationships xmlns="{package}/relationships">{"".join(rows)}</Relationships>'


def column_letters(index: int) -> str:
    """Return the letters of a column, 0 = A."""
    letters = ""
    while index >= 0:
        letters = chr(ord("A") + index % 26) + letters
        index = index // 26 - 1
    return letters


def _line(number: int, values: list[str] | tuple[str, ...], style: int = 0) -> str:
    cells = [
        f'<c r="{column_letters(at)}{number}" s="{style}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        for at, value in enumerate(values)
        if value
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _sheet_xml(sheet: Sheet) -> str:
    width, first = sheet.frame.width, sheet.first_row
    merges = [f"A{line + 1}:{column_letters(width - 1)}{line + 1}" for line in range(len(sheet.above))]
    rows = [_line(line + 1, [text], TITLE_STYLE) for line, text in enumerate(sheet.above)]
    header = len(sheet.above) + 1
    if sheet.header_lines == 1:
        rows.append(_line(header, sheet.frame.columns, HEADER_STYLE))
    else:
        upper, lower, header_merges = _two_lines(sheet.frame.columns, header)
        rows += [_line(header, upper, HEADER_STYLE), _line(header + 1, lower, HEADER_STYLE)]
        merges += header_merges
    last = first + len(sheet.frame)
    rows_below = [_line(last + at, values) for at, values in enumerate(sheet.footer)]
    merged = "".join(f'<mergeCell ref="{place}"/>' for place in merges)
    return "".join(
        [
            f'<worksheet xmlns="{_NAMESPACE}"><sheetData>',
            *rows,
            _body(sheet.frame, first),
            *rows_below,
            "</sheetData>",
            f'<mergeCells count="{len(merges)}">{merged}</mergeCells>' if merges else "",
            "</worksheet>",
        ]
    )


def _two_lines(headers: list[str], row: int) -> tuple[list[str], list[str], list[str]]:
    upper: list[str] = []
    lower: list[str] = []
    merges: list[str] = []
    at = 0
    while at < len(headers):
        top = headers[at].split("/")[0]
        if "/" not in headers[at]:
            merges.append(f"{column_letters(at)}{row}:{column_letters(at)}{row + 1}")
            upper.append(top)
            lower.append("")
            at += 1
            continue
        start = at
        while at < len(headers) and headers[at].startswith(top + "/"):
            upper.append(top if at == start else "")
            lower.append(headers[at].split("/", 1)[1])
            at += 1
        if at - start > 1:
            merges.append(f"{column_letters(start)}{row}:{column_letters(at - 1)}{row}")
    return upper, lower, merges


def _body(frame: pl.DataFrame, first: int) -> str:
    number = pl.int_range(first, pl.len() + first).cast(pl.String)
    cells = [
        _cell(pl.col(name), dtype, column_letters(at), number) for at, (name, dtype) in enumerate(frame.schema.items())
    ]
    row = pl.concat_str([pl.lit('<row r="'), number, pl.lit('">'), *cells, pl.lit("</row>")])
    return "".join(frame.select(row.alias("row"))["row"])


def _cell(value: pl.Expr, dtype: pl.DataType, letters: str, number: pl.Expr) -> pl.Expr:
    start = f'<c r="{letters}'
    if dtype == pl.String:
        text = value.str.replace_many(["&", "<", ">"], ["&amp;", "&lt;", "&gt;"])
        cell = pl.concat_str(pl.lit(start), number, pl.lit('" t="inlineStr"><is><t>'), text, pl.lit("</t></is></c>"))
        return pl.when(value.fill_null("") != "").then(cell).otherwise(pl.lit(""))
    style = ""
    if dtype == pl.Date:
        value, style = excel_serial(value), f' s="{DATE_STYLE}"'
    cell = pl.concat_str(pl.lit(start), number, pl.lit(f'"{style}><v>'), value.cast(pl.String), pl.lit("</v></c>"))
    return cell.fill_null("")


def excel_serial(value: pl.Expr) -> pl.Expr:
    """Return the number by which Excel counts a date."""
    return (value - EXCEL_EPOCH).dt.total_days()
