"""Begin with one's own data: an empty inbox with a folder a department and a template a file.

Headers, labels, allowed values and units come from the declarations. A template's name starts with
模板_, so that one left unfilled is never taken for a delivery.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.declarations import Department, Extract, Table, extracts
from flows.errors import SettingsError
from flows.settings import settings
from flows.spreadsheet import page, workbook

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

PREFIX = "模板_"
GUIDE = "填写说明"
FILLED_ROWS = 5000  # rows that get a drop-down list; more may be filled
CADENCE = {"monthly": "每月", "quarterly": "每季", "yearly": "每年", "irregular": "有变动时"}
HOW = {
    "integer": "整数",
    "decimal": "数字",
    "yuan": "数字,不带单位文字",
    "date": "日期,如 2025-06-30",
    "month": "月份,如 2025-06",
    "flag": "是 / 否",
    "division_code": "12 位统计用区划代码",
    "area": "与区划代码表的名称一致",
    "id_number": "18 位身份证号,文本格式",
    "relative_id_number": "18 位身份证号,文本格式;不知道可留空",
    "birth_date": "日期,如 2025-06-30",
    "account": "账号,文本格式",
}
UNITS = {"persons": "人", "yuan": "元"}

Group = list[tuple[Extract, Table]]


def start() -> list[Path]:
    """Write a template for every declared extract into an empty inbox and return their paths."""
    inbox = settings().inbox
    found = sorted(path for path in inbox.rglob("*") if path.is_file()) if inbox.exists() else []
    if found:
        raise SettingsError(
            f"{inbox}: 收件箱不是空的({found[0].relative_to(inbox)} 等 {len(found)} 个文件);"
            "请先移走,或用 JIUZHU_DATA 指定一个新的数据文件夹"
        )
    if (settings().landing / "deliveries.jsonl").exists():
        raise SettingsError(
            f"{settings().data}: 这个数据文件夹里已经有落地的数据;自己的数据请用 JIUZHU_DATA 指定一个新的数据文件夹"
        )
    written = []
    for department, group in _files():
        folder = inbox / department.department
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        written.append(_write(folder / template_name(group[0][0]), department, group))
    return written


def template_name(extract: Extract) -> str:
    """Return the file name of the template an extract is filled in: the declared pattern, marked as a template."""
    stem = extract.files.split("*")[0] if extract.files else extract.label
    return f"{PREFIX}{stem or extract.label}.xlsx"


def header(extract: Extract, name: str) -> str:
    """Return the header a template shows: the first one that needs no second header line."""
    seen = extract.columns[name]
    return next((each for each in seen if "/" not in each), seen[0])


def sheet_name(extract: Extract) -> str:
    """Return the sheet an extract is filled in, as its declared pattern wants it."""
    return extract.sheets[0].replace("*", "") or extract.label[:31]


def _files() -> list[tuple[Department, Group]]:
    # Extracts that are delivered in one file (households and members of one roster) share a template.
    groups: dict[tuple[str, str], tuple[Department, Group]] = {}
    for department, extract, table in extracts():
        key = (department.department, template_name(extract))
        groups.setdefault(key, (department, []))[1].append((extract, table))
    return list(groups.values())


def _write(path: Path, department: Department, group: Group) -> Path:
    with workbook(path, path.stem) as book:
        sheets = [book.add_worksheet(sheet_name(extract)) for extract, _ in group]
        guide = book.add_worksheet(GUIDE)
        for sheet, (extract, table) in zip(sheets, group, strict=True):
            _form(book, sheet, extract, table)
        _guide(book, guide, department, group)
    path.chmod(0o600)
    return path


@dataclass(frozen=True)
class Field:
    """One column of a template: what is written into it, by whom it is wanted, and how it is checked."""

    header: str
    label: str
    required: str
    kind: str
    choices: list[str]
    unit: str
    how: str
    others: str


def fields(extract: Extract, table: Table) -> list[Field]:
    """Return the columns of an extract's template, in the declared order."""
    made = []
    for name, (label, required) in table.delivered().items():
        if name not in extract.columns:
            continue
        personal = next((each for each in table.personal if each.name == name), None)
        column = next((each for each in table.columns if each.name == name), None)
        area = next((each for each in table.columns if each.from_ and name in each.from_.names()), None)
        kind = personal.kind if personal else column.kind if column else "month"
        choices = [words[0] if words else code for code, words in column.values.items()] if column else []
        month = getattr(extract.month, "column", None)
        wanted = "是" if required or name == month else ""
        if area and area.from_:
            kind = "division_code" if name == area.from_.code else "area"
            wanted = "至少一项" if area.required and len(area.from_.names()) > 1 else "是" if area.required else ""
        unit = UNITS.get(column.unit or "", "") if column else ""
        if kind == "yuan":
            unit = extract.units.get(name, "元")
        if kind == "flag":
            choices = ["是", "否"]
        how = " / ".join(choices) or HOW.get(kind, "文字")
        if column and column.range and unit not in ("万元", "亿元", "分"):
            how += f",{column.range[0]:,.0f} 到 {column.range[1]:,.0f}"
        shown = header(extract, name)
        others = "、".join(each for each in extract.columns[name] if each != shown)
        made.append(Field(shown, label, wanted, kind, choices, unit, how, others))
    order = [header(extract, name) for name in extract.columns]
    return sorted(made, key=lambda field: order.index(field.header))


def _form(book: "Workbook", sheet: "Worksheet", extract: Extract, table: Table) -> None:
    style = {"bold": True, "border": 1, "valign": "vcenter", "align": "center", "text_wrap": True}
    required, optional = book.add_format({**style, "bg_color": "#DCE6F1"}), book.add_format(style)
    text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "yyyy-mm-dd"})
    forms = {"date": day, "birth_date": day, "integer": None, "decimal": None, "yuan": None}
    row, columns = 0, fields(extract, table)
    if extract.month == "title":
        sheet.write(0, 0, f"{extract.label}(    年  月)", book.add_format({"bold": True, "font_size": 14}))
        row = 1
    for place, field in enumerate(columns):
        sheet.write(row, place, field.header, required if field.required else optional)
        sheet.set_column(place, place, max(12, 2 * len(field.header) + 3), forms.get(field.kind, text))
        if field.choices and len(",".join(field.choices)) <= 255:  # Excel's limit of a written list
            rule = {
                "validate": "list",
                "source": field.choices,
                "error_type": "warning",
                "error_title": field.label[:32],
            }
            sheet.data_validation(row + 1, place, row + FILLED_ROWS, place, rule)
    sheet.set_row(row, 30)
    sheet.freeze_panes(row + 1, 0)
    page(sheet)
    sheet.repeat_rows(row)


def _guide(book: "Workbook", sheet: "Worksheet", department: Department, group: Group) -> None:
    bold = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#DCE6F1"})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    sheet.write(0, 0, f"{department.label} · {'、'.join(extract.label for extract, _ in group)}", bold)
    lines = _sentences(group[0][0], department)
    for row, line in enumerate(lines, start=1):
        sheet.write(row, 0, line)
    row = len(lines) + 2
    titles = ("工作表", "列名", "含义", "必填", "怎么填", "单位", "也认的表头")
    for place, (title, width) in enumerate(zip(titles, (16, 22, 24, 10, 48, 8, 36), strict=True)):
        sheet.write(row, place, title, head)
        sheet.set_column(place, place, width)
    sheet.freeze_panes(row + 1, 0)
    for extract, table in group:
        for field in fields(extract, table):
            row += 1
            words = (field.header, field.label, field.required, field.how, field.unit, field.others)
            for place, word in enumerate((sheet_name(extract), *words)):
                sheet.write_string(row, place, word, cell)
    page(sheet)


def _sentences(extract: Extract, department: Department) -> list[str]:
    deadline = f",期末后 {extract.deadline_days} 天内" if extract.deadline_days else ""
    lines = [f"报送:{CADENCE[extract.cadence]}{deadline}。蓝底的列必填;表头文字请勿改动,列的先后可以变。"]
    if extract.reader == "database":
        return [
            *lines,
            "这份数据由程序直接从数据库读取,不收文件;下面是查询结果应有的列。",
            f'数据库地址用设置指定:JIUZHU_DATABASES=\'{{"{department.department}": "…"}}\'',
        ]
    if extract.month == "title":
        lines.append("第一行写明统计月份,如“(2025年6月)”;没有月份的表不能收。")
    example = (extract.files or "").replace("*", "2025年6月", 1).replace("*", "")
    saved = "CSV(UTF-8 或 GB18030),只存数据那张表" if extract.reader == "csv" else "xlsx"
    lines.append(
        f"填好后另存为 {saved},文件名如 {example}(不带“{PREFIX}”),放进收件箱的 {department.department} 文件夹。"
    )
    return [*lines, f"发送前可先自查:jiuzhu check {example}"]
