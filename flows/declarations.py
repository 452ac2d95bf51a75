"""The two declarations, loaded strictly: what a landed table is, and how a department delivers it.

The first is dbt's own source YAML, the second one YAML a department. Everything that needs a
column, a label, a header or a deadline asks here; nothing else lists tables or departments.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from flows.errors import DeclarationError
from flows.seeds import seed
from flows.settings import DBT_PROJECT, settings

Kind = Literal[
    "text",
    "integer",
    "decimal",
    "yuan",  # delivered in the extract's declared unit, landed in yuan
    "date",
    "month",
    "flag",
    "code",
    "division_code",  # a 12-digit code taken as it is (the division table itself)
    "area",  # resolved against the division table from code, street and village
    "key",  # keyed pseudonym of a personal column
    "id_status",  # derived from the ID number
    "birth_month",  # derived from the valid ID number, else from the delivered birth date
    "sex",  # derived from the valid ID number, else from the delivered sex
]
PersonalKind = Literal[
    "id_number",
    "relative_id_number",  # of somebody else whom the row names: a parent; only a valid one is anybody
    "person_name",
    "birth_date",
    "household_no",
    "account",
    "phone",
    "address",
    "reference",
]

# Every landed table carries these beside its declared columns; `report_month` is the month an
# extract reports (null where an extract always replaces the whole), `delivery_sequence` orders versions.
SYSTEM_COLUMNS: dict[str, str] = {
    "report_month": "date",
    "department_code": "varchar",
    "delivery_id": "varchar",
    "delivery_sequence": "bigint",
    "received_at": "timestamp",
    "source_sheet": "varchar",
    "source_row_number": "bigint",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AreaNames(_Strict):
    """The delivered names an area column is resolved from; at least one of code, village, street."""

    code: str | None = None
    street: str | None = None
    village: str | None = None

    def names(self) -> tuple[str, ...]:
        """Return the delivered names that are declared, code first."""
        return tuple(name for name in (self.code, self.street, self.village) if name)


class Column(_Strict):
    """One landed column: type, kind of value, label and rules."""

    name: str
    data_type: str
    description: str
    label: str
    kind: Kind
    unit: str | None = None
    required: bool = False
    values: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    values_from: str | None = None
    range: tuple[float, float] | None = None
    may_be_future: bool = False  # a date that is decided beforehand: the end of a sentence, a coming standard
    from_: AreaNames | None = Field(default=None, alias="from")

    def spellings(self) -> dict[str, str]:
        """Return every spelling a code may be delivered in → its code (the code itself included)."""
        return {word: code for code, words in self.values.items() for word in (code, *words)}


class Personal(_Strict):
    """A delivered column that is never landed: it goes to the vault, and its key (if any) is landed."""

    name: str
    label: str
    kind: PersonalKind
    keyed_as: str | None = None
    required: bool = False


class Table(_Strict):
    """One landed table, as its source YAML declares it."""

    name: str
    source: str
    description: str
    label: str
    key: tuple[str, ...]
    personal: tuple[Personal, ...] = ()
    sets_business_month: bool = False
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the landed column of that name."""
        return next(column for column in self.columns if column.name == name)

    def delivered(self) -> dict[str, tuple[str, bool]]:
        """Return each name an extract may deliver → (Chinese label, required)."""
        names: dict[str, tuple[str, bool]] = {"report_month": ("统计月份", False)}
        for personal in self.personal:
            names[personal.name] = (personal.label, personal.required)
        for column in self.columns:
            if column.from_:
                suffix = {"code": "代码", "street": "街道", "village": "村(社区)"}
                for part in ("code", "street", "village"):
                    if name := getattr(column.from_, part):
                        names[name] = (column.label + suffix[part], False)
            elif column.kind not in ("key", "id_status", "birth_month"):
                names[column.name] = (column.label, column.required)
        return names

    def landed_types(self) -> dict[str, str]:
        """Return the landed columns, in order, with their SQL types; system columns last."""
        return {column.name: column.data_type for column in self.columns} | SYSTEM_COLUMNS


class MonthFromColumn(_Strict):
    """The reported month stands in a column (`report_month`), or is the month of a date column."""

    column: str


class Extract(_Strict):
    """How a department delivers one table."""

    name: str
    label: str
    table: str
    reader: Literal["csv", "excel", "database"]
    files: str | None = None
    url: str | None = None
    query: str | None = None
    sheets: tuple[str, ...] = ("*",)
    encoding: str | None = None
    month: Literal["title", "whole"] | MonthFromColumn
    cadence: Literal["monthly", "quarterly", "yearly", "irregular"]
    deadline_days: int | None = None
    rows: tuple[int, int]
    constants: dict[str, str] = Field(default_factory=dict)
    units: dict[str, Literal["元", "万元", "亿元", "分"]] = Field(default_factory=dict)
    columns: dict[str, tuple[str, ...]]

    @model_validator(mode="after")
    def _reader_has_its_place(self) -> "Extract":
        if {self.url is not None, self.query is not None} != {self.reader == "database"}:
            raise ValueError("url 和 query 只用于 database 读取方式,且两者都要有")
        if (self.reader == "database") == (self.files is not None):
            raise ValueError("csv / excel 要有 files,database 不要有")
        return self


class Department(_Strict):
    """One department and all it delivers."""

    department: str
    label: str
    extracts: tuple[Extract, ...]


def _sentence(path: Path, error: ValidationError) -> str:
    problems = sorted(
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}" for problem in error.errors()
    )
    return f"{path.name}: {';'.join(problems)};请按 flows/declarations.py 的字段改正"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Refuses a key that stands twice: YAML would take the last one without a word."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Return the mapping; raise YAMLError where a key is repeated."""
        keys = [key.value for key, _ in node.value]
        if repeated := sorted({str(key) for key in keys if keys.count(key) > 1}):
            raise yaml.YAMLError(f"第 {node.start_mark.line + 1} 行起,{'、'.join(repeated)} 写了两次")
        return super().construct_mapping(node, deep)


def _read_yaml(path: Path) -> Any:
    try:
        with path.open(encoding="utf-8") as file:
            return yaml.load(file, Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path.name}: 不是合法的 YAML({str(error).splitlines()[0]});请改正后重试") from error


def _seed_values(name: str) -> dict[str, tuple[str, ...]]:
    # `values_from: programmes` takes codes and spellings from the seed, so that a code list stands once.
    rows = seed(name)
    code = next(column for column in rows[0] if column.endswith("_code"))
    label = code.removesuffix("_code") + "_name"
    return {
        row[code]: (row[label], *[alias for alias in row.get("alias_names", "").split("、") if alias]) for row in rows
    }


def _table(path: Path, source: str, block: dict[str, Any]) -> Table:
    meta = dict(block.get("config", {}).get("meta", {}))
    columns = []
    for column in block["columns"]:
        fields = dict(column.get("config", {}).get("meta", {}))
        if values_from := fields.get("values_from"):
            fields["values"] = _seed_values(values_from)
        told = {key: column[key] for key in ("name", "data_type", "description") if key in column}
        columns.append({**told, **fields})
    told = {key: block[key] for key in ("name", "description") if key in block}
    try:
        return Table(source=source, columns=columns, **told, **meta)
    except ValidationError as error:
        raise DeclarationError(_sentence(path, error)) from error


@cache
def tables() -> dict[str, Table]:
    """Return every landed table by name, from the source YAMLs beside the staging models."""
    found: dict[str, Table] = {}
    for path in sorted((DBT_PROJECT / "models" / "staging").glob("*/_*__sources.yml")):
        for source in _read_yaml(path)["sources"]:
            for block in source["tables"]:
                table = _table(path, source["name"], block)
                if table.name in found:
                    raise DeclarationError(f"{path.name}: 表 {table.name} 已在别处声明;请只留一处")
                found[table.name] = table
    return found


def _check(path: Path, department: Department) -> None:
    problems = []
    names = [extract.name for extract in department.extracts]
    problems += [f"提取 {name} 声明了两次" for name in sorted({name for name in names if names.count(name) > 1})]
    for extract in department.extracts:
        table = tables().get(extract.table)
        if table is None:
            problems.append(f"{extract.name}: 没有名为 {extract.table} 的表")
            continue
        delivered = table.delivered()
        given = set(extract.columns) | set(extract.constants)
        problems += [f"{extract.name}: 表 {table.name} 没有列 {name}" for name in sorted(given - set(delivered))]
        problems += [
            f"{extract.name}: 缺少必填列 {name}({label})"
            for name, (label, required) in delivered.items()
            if required and name not in given
        ]
        problems += [
            f"{extract.name}: {column.name} 至少要有 {'、'.join(column.from_.names())} 之一"
            for column in table.columns
            if column.required and column.from_ and not given & set(column.from_.names())
        ]
        amounts = {column.name for column in table.columns if column.kind == "yuan"}
        problems += [f"{extract.name}: units 的 {name} 不是金额列" for name in sorted(set(extract.units) - amounts)]
        twice = set(extract.columns) & set(extract.constants)
        problems += [f"{extract.name}: {name} 既有表头又是常量" for name in sorted(twice)]
        headers = [header for seen in extract.columns.values() for header in seen]
        problems += [
            f"{extract.name}: 表头“{header}”对应了两列"
            for header in sorted({header for header in headers if headers.count(header) > 1})
        ]
        if isinstance(extract.month, MonthFromColumn) and extract.month.column not in extract.columns:
            problems.append(f"{extract.name}: month.column 指的列 {extract.month.column} 没有表头")
    if department.department != path.stem:
        problems.append(f"department 应与文件名一致({path.stem})")
    if problems:
        raise DeclarationError(f"{path.name}: {';'.join(sorted(problems))};请改正该声明")


@cache
def _departments(folder: Path) -> dict[str, Department]:
    found = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            department = Department(**_read_yaml(path))
        except ValidationError as error:
            raise DeclarationError(_sentence(path, error)) from error
        except TypeError as error:
            raise DeclarationError(f"{path.name}: 不是一份部门声明;请参照其他部门的 YAML") from error
        _check(path, department)
        found[department.department] = department
    return found


def departments() -> dict[str, Department]:
    """Return every department by code, from the YAMLs of the departments folder."""
    return _departments(settings().departments)


def extracts() -> Iterator[tuple[Department, Extract, Table]]:
    """Yield every declared extract with its department and its table."""
    for department in departments().values():
        for extract in department.extracts:
            yield department, extract, tables()[extract.table]


def month_label(month: date | None) -> str:
    """Return a month as it is written to people: 2025年6月; 全部 where an extract replaces the whole."""
    return f"{month.year}年{month.month}月" if month else "全部"
