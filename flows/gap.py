"""The regional-gap table as it is asked for: one level, month, programme, indicator and basis.

Read from the `mart_regional_gap` of a published release; nothing is computed here.
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import query, show
from flows.errors import SettingsError

if TYPE_CHECKING:
    from rich.table import Table

BASIS = {"hukou": "户籍口径", "resident": "常住口径"}
HOW_TO_READ = "排名 1 为最高;差 = 本地 − 全区;补齐 = 达到全区平均还差的人数和每月资金;波动范围只说偶然性(95%)。"
TREND = {"rising": "上升", "falling": "下降", "steady": "平稳"}
FUNNEL = {
    "far_above": "明显偏高",
    "above": "偏高",
    "within": "界内",
    "below": "偏低",
    "far_below": "明显偏低",
}
DEFAULTS = {"programme_code": "dibao", "indicator_code": "coverage", "basis_code": "hukou", "level_code": "street"}
MOST_CHOICES = 8  # of a refusal's list; all indicators are told by `jiuzhu indicators`
ASKED = {
    "level_code": ("--level", "级别"),
    "programme_code": ("--programme", "救助项目"),
    "indicator_code": ("--indicator", "指标"),
    "basis_code": ("--basis", "口径"),
    "month": ("--month", "月份"),
}


@dataclass(frozen=True)
class Gap:
    """The rows of one gap table, ordered by rank, with the words that say what it is."""

    rows: list[dict[str, Any]]
    balance: dict[str, Any] | None = None  # of these areas together, where they are of one district

    @property
    def first(self) -> dict[str, Any]:
        """The first row; every row shares month, programme, indicator, basis and level."""
        return self.rows[0]

    def word(self, what: str) -> str:
        """Return the Chinese label of `level`, `programme`, `indicator` or `basis`, else its code."""
        return str(self.first.get(f"{what}_name") or self.first[f"{what}_code"])

    @property
    def month(self) -> date:
        """The month of the table."""
        return self.first["month"]


def month_of(text: str, option: str = "--month") -> date:
    """Return the first day of a month written 2025-06; raise SettingsError otherwise."""
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})", text.strip()):
        year, month = int(match[1]), int(match[2])
        if 1900 <= year <= 2200 and 1 <= month <= 12:
            return date(year, month, 1)
    raise SettingsError(f"{option} {text}: 不是月份;请写成 2025-06 的样子")


def read(
    database: Path,
    level: str | None = None,
    month: date | None = None,
    programme: str | None = None,
    indicator: str | None = None,
    basis: str | None = None,
) -> Gap:
    """Return the gap table asked for; raise SettingsError naming what there is where it is not there."""
    wanted: dict[str, Any] = {
        "level_code": level or DEFAULTS["level_code"],
        "programme_code": programme or DEFAULTS["programme_code"],
        "indicator_code": indicator or DEFAULTS["indicator_code"],
        "basis_code": basis or DEFAULTS["basis_code"],
        "month": month,
    }
    chosen: dict[str, Any] = {}
    for column, value in wanted.items():
        choices = _choices(database, column, chosen)
        if not choices:
            raise SettingsError("差距表是空的;请先运行 jiuzhu nightly")
        if value is None:
            value = max(choices)
        if value not in choices:
            option, what = ASKED[column]
            within = f"在 {'、'.join(map(_short, chosen.values()))} 里" if chosen else ""
            raise SettingsError(f"{option} {_short(value)}: {within}没有这个{what};现有 {_listed(choices)}")
        chosen[column] = value
    where = " and ".join(f"{column} = ?" for column in chosen)
    rows = query.ask(
        database,
        f"select * from mart_regional_gap where {where} order by rank nulls last, area_code",
        list(chosen.values()),
    )
    balance = query.ask(
        database,
        f"select * from mart_balance where {where} and value is not null",
        list(chosen.values()),
    )
    return Gap(rows, balance[0] if len(balance) == 1 else None)


def _choices(database: Path, column: str, chosen: dict[str, Any]) -> list[Any]:
    where = " and ".join(["true", *(f"{name} = ?" for name in chosen)])
    rows = query.ask(
        database,
        f"select distinct {column} as choice from mart_regional_gap where {where} order by choice",
        list(chosen.values()),
    )
    return [row["choice"] for row in rows]


def _short(value: Any) -> str:
    return f"{value:%Y-%m}" if isinstance(value, date) else str(value)


def _listed(choices: list[Any]) -> str:
    if isinstance(choices[0], date) and len(choices) > 1:
        return f"{_short(choices[0])} 至 {_short(choices[-1])} 之间的 {len(choices)} 个月"
    shown = "、".join(_short(choice) for choice in choices[:MOST_CHOICES])
    return f"{shown} 等 {len(choices)} 个" if len(choices) > MOST_CHOICES else shown


@dataclass(frozen=True)
class Unit:
    """How a measure is written for people: multiplied, rounded, and what stands in the heading."""

    factor: float
    digits: int
    word: str
    points: str


UNITS = {
    "permille": Unit(1000, 2, "‰", "千分点"),
    "small permille": Unit(1000, 3, "‰", "千分点"),
    "percent": Unit(100, 1, "%", "百分点"),
    "yuan": Unit(1, 2, "元", "元"),
    "ratio": Unit(1, 2, "倍", "倍"),
    "count": Unit(1, 0, "", ""),
}


def unit_of(row: dict[str, Any]) -> Unit:
    """Return how an indicator is written: coverage and shares declared so in permille, other shares in percent."""
    unit = str(row.get("unit") or row.get("indicator_unit") or "")
    if row["indicator_code"] == "coverage" or unit == "permille":
        rare = not show.missing(row["district_value"]) and row["district_value"] < 0.001
        return UNITS["small permille" if rare else "permille"]
    if "元" in unit or "yuan" in unit:
        return UNITS["yuan"]
    if "/" in unit:  # so many of one thing to one, a thousand or ten thousand of another
        return Unit(1, 2, unit, unit)
    if unit == "ratio":
        return UNITS["ratio"]
    return UNITS["percent"] if unit in ("%", "share", "比例", "") else UNITS["count"]


def table(gap: Gap) -> "Table":
    """Return the gap table for the terminal: sorted by rank, at most 100 columns wide."""
    unit = unit_of(gap.first)

    def scaled(value: Any) -> str:
        return show.number(float(value) * unit.factor, unit.digits)

    def difference(value: Any) -> str:
        return show.number(float(value) * unit.factor, unit.digits, signed=True)

    parents = {row["parent_name"] for row in gap.rows}
    headings = [
        show.Heading("rank", "排名", show.number, right=True),
        show.Heading("area_name", gap.word("level")),
        *([show.Heading("parent_name", "所属")] if len(parents) > 1 else []),
        show.Heading("value", f"{gap.word('indicator')}\n({unit.word})", scaled, right=True),
        show.Heading("interval", "偶然波动\n范围", right=True),
        show.Heading("gap", f"与全区差\n({unit.points})", difference, right=True),
        show.Heading("gap_persons", "补齐\n人数", show.number, right=True),
        show.Heading("gap_yuan", "补齐资金\n(元/月)", show.number, right=True),
        show.Heading("funnel_code", "漏斗图", lambda code: FUNNEL.get(code, code)),
        show.Heading("status", "状态", lambda code: show.STATUS.get(code, code)),
    ]
    closing = (
        "gap_persons",
        "gap_yuan",
        "interval",
        "funnel_code",
    )  # an indicator that has none of these shows no empty column
    rows = []
    for row in gap.rows:
        known = not show.missing(row["low"]) and not show.missing(row["high"])
        rows.append(row | {"interval": f"{scaled(row['low'])}–{scaled(row['high'])}" if known else None})
    empty = {key for key in closing if all(show.missing(row.get(key)) for row in rows)}
    return show.table(title(gap), [heading for heading in headings if heading.key not in empty], rows)


def notes(gap: Gap) -> list[str]:
    """Return the sentences below the table: is the difference real, and how to read the columns."""
    found = gap.balance
    if not found or show.missing(found["cv"]):
        return [HOW_TO_READ]
    sentence = f"{gap.word('level')}之间的变异系数 {found['cv']:.2f}"
    if not show.missing(found["cv_chance_mean"]):
        if not show.missing(found["cv_low"]):
            sentence += f"(95% {found['cv_low']:.2f}–{found['cv_high']:.2f})"
        verdict = "差距超出偶然" if found["is_beyond_chance"] else "没有超出偶然,不能说差距是真的"
        sentence += (
            f";各地率若都相同,只凭偶然约 {found['cv_chance_mean']:.2f}"
            f"({found['cv_chance_low']:.2f}–{found['cv_chance_high']:.2f}):{verdict}"
        )
    return [f"{sentence}。", HOW_TO_READ]


def title(gap: Gap) -> str:
    """Return the line above the table: month, programme, indicator, basis and the district's value."""
    unit = unit_of(gap.first)
    district = gap.first["district_value"]
    shown = (
        show.NOTHING if show.missing(district) else show.number(float(district) * unit.factor, unit.digits) + unit.word
    )
    basis = gap.first["basis_code"]
    told = f"{gap.month.year}年{gap.month.month}月 · {gap.word('programme')} · {gap.word('indicator')} · "
    told += BASIS.get(basis, basis)
    # Areas of several districts are each held against their own.
    is_one = len({row["district_value"] for row in gap.rows}) == 1
    return f"{told} · 全区 {shown}" if is_one else told


def file_name(gap: Gap) -> str:
    """Return a file name for a gap table: 差距表_street_2025-06_dibao_coverage_hukou."""
    row = gap.first
    parts = (row["level_code"], f"{gap.month:%Y-%m}", row["programme_code"], row["indicator_code"], row["basis_code"])
    return "_".join(["差距表", *parts])
