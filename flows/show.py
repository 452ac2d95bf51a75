"""Rows as people and programs read them: a terminal table of at most 100 columns, csv or json."""

import csv
import io
import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flows.errors import SettingsError
from flows.settings import settings

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

WIDTH = 100
MOST_ROWS = 200
INTERNAL = "内部使用,未作披露控制"
PUBLIC = "可对外:仅含街道和区一级,1–4 人的格子已隐去"
NOTHING = "–"
STATUS = {
    "ok": "正常",
    "small_sample": "数太小",
    "suppressed": "已隐去",
    "not_applicable": "不适用",
    "no_data": "无数据",
}


@dataclass(frozen=True)
class Heading:
    """One column of a terminal table: where it comes from, its title, how a value is written, whether it may wrap."""

    key: str
    title: str
    form: Callable[[Any], str] = str
    right: bool = False
    whole: bool = False


def console(error: bool = False) -> "Console":
    """Return the terminal; 100 columns wide where there is none."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    made = Console(file=stream, highlight=False, markup=False, emoji=False)
    return made if made.is_terminal else Console(file=stream, highlight=False, markup=False, emoji=False, width=WIDTH)


def say(sentence: str, error: bool = False) -> None:
    """Print one plain line, whatever its length, on standard output or error."""
    console(error).print(sentence, soft_wrap=True)


def table(title: str | None, headings: Sequence[Heading], rows: Iterable[dict[str, Any]]) -> "Table":
    """Return a terminal table of the rows; what is null is shown as a dash."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(
        # A title may be wider than the table below it.
        title=Text(title, "bold", no_wrap=True, overflow="ignore") if title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        show_edge=False,
    )
    for heading in headings:
        made.add_column(
            heading.title,
            justify="right" if heading.right else "left",
            no_wrap=heading.right or heading.whole,
            overflow="fold",
        )
    for row in rows:
        made.add_row(*(NOTHING if missing(row.get(each.key)) else each.form(row[each.key]) for each in headings))
    return made


def missing(value: Any) -> bool:
    """Return whether a value is null or not a number."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def number(value: Any, digits: int = 0, signed: bool = False) -> str:
    """Write a number with thousands separators; a true minus sign, and a sign on gains where asked."""
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    if not any(character in "123456789" for character in text):
        text = text.lstrip("+-")  # neither +0 nor -0
    return text.replace("-", "−")


def plain(value: Any) -> Any:
    """Return a value as json knows it: dates as ISO text, decimals as numbers, no NaN."""
    if missing(value):
        return None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return value.hex()
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, str | bool | int | float):
        return value
    return str(value)


def as_json(data: Any) -> str:
    """Return rows (or one object) as readable json."""
    return json.dumps(plain(data), ensure_ascii=False, indent=2)


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as csv with a header line; lists are joined by 、."""
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        cells = {key: plain(value) for key, value in row.items()}
        writer.writerow({key: _flat(cell) for key, cell in cells.items()})
    return text.getvalue()


def _flat(cell: Any) -> Any:
    if isinstance(cell, dict):
        return json.dumps(cell, ensure_ascii=False)
    return "、".join(map(str, cell)) if isinstance(cell, list) else cell


def generic(rows: Sequence[dict[str, Any]]) -> "RenderableType":
    """Return any rows for the terminal: a table where it fits, else a block a row; the first 200 rows."""
    from rich.console import Group
    from rich.measure import Measurement

    if not rows:
        return "(没有行)"
    shown = rows[:MOST_ROWS]
    numeric = {key for key in rows[0] if all(_is_number(row[key]) for row in shown)}
    made = table(None, [Heading(key, key, _written, right=key in numeric) for key in rows[0]], shown)
    screen = console()
    needed = Measurement.get(screen, screen.options.update(width=10_000), made).maximum
    parts: list[RenderableType] = [made] if needed <= screen.width else [pairs(row) for row in shown]
    if len(rows) > len(shown):
        parts.append(f"(共 {len(rows)} 行,只显示前 {MOST_ROWS} 行;全部请用 --format csv)")
    return Group(*parts)


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))


def _written(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, UUID | Decimal):
        return str(value)
    shown = plain(value)
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)


def pairs(data: dict[str, Any]) -> "Table":
    """Return a terminal table of one object, a line a key."""
    rows = [{"key": key, "value": value} for key, value in data.items()]
    return table(None, [Heading("key", "项目"), Heading("value", "值", _written)], rows)


def notice(audience: str) -> str:
    """Return the sentence that goes with what was read from a database."""
    return INTERNAL if audience == "analyst" else PUBLIC


def deliver(
    data: Any,
    form: str,
    out: Path | None,
    audience: str | None,
    as_table: "Callable[[], RenderableType]",
    notes: Sequence[str] = (),
) -> None:
    """Print rows or one object as table, csv or json, or save it; the notice never disturbs a parser."""
    place = output(out) if out else None
    if form == "table":
        if place:
            save(place, as_text(as_table()))
        else:
            console().print(as_table())
            for note in notes:
                say(note)
    else:
        text = as_json(data) + "\n" if form == "json" else as_csv(data)
        if place:
            # Excel and WPS take csv for their own encoding unless it opens with a byte order mark.
            save(place, text, "utf-8-sig" if form == "csv" else "utf-8")
        else:
            sys.stdout.write(text)
    if place:
        say(str(place), error=True)
    if audience:
        say(notice(audience), error=form != "table" or place is not None)


def as_text(shown: "RenderableType") -> str:
    """Return what a terminal of 100 columns would show, without its codes."""
    from rich.console import Console

    text = io.StringIO()
    Console(file=text, width=WIDTH, color_system=None, force_terminal=False, highlight=False).print(shown)
    return text.getvalue()


def readable(path: Path) -> None:
    """Raise SettingsError where a file that a user names is not there."""
    if not path.is_file():
        raise SettingsError(f"{path}: 没有这个文件;请核对路径")


def output(path: Path) -> Path:
    """Return the path a user names for output; raise SettingsError where it may not be written."""
    path = path.expanduser().resolve()
    if settings().releases in path.parents:
        raise SettingsError(f"{path}: 已发布的文件不得改动;请把 --out 指到别处")
    if path.is_dir() or not path.parent.is_dir():
        raise SettingsError(f"{path}: 不能写成文件;请把 --out 指到已有文件夹里的一个文件名")
    return path


def save(path: Path, text: str, encoding: str = "utf-8") -> None:
    """Write a user's output file; raise SettingsError where the place cannot be written."""
    try:
        path.write_text(text, encoding=encoding, newline="")
    except OSError as error:
        raise SettingsError(f"{path}: 写不进去({error.strerror});请换一个位置") from error
