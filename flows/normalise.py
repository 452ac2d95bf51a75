"""Values as offices write them, made comparable: widths, numbers, dates, months, flags, ID numbers.

Polars expressions in and out; what cannot be understood becomes null, and the caller says so.
"""

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import polars as pl

from flows.seeds import seed

# A numeric Excel cell keeps 15 digits; the reader writes this for each digit that is lost.
LOST_DIGIT = "□"
NOTHING = ("", "-", "--", "—", "——", "/", "\\", "无", "空", "null", "NULL", "None", "N/A", "n/a", "NaN", "#N/A")
TRUE = ("是", "有", "Y", "YES", "TRUE", "1", "1.0", "√", "✓", "T", "对")
FALSE = ("否", "无", "N", "NO", "FALSE", "0", "0.0", "×", "X", "F", "没有", "非")
SCALES = {"": "1", "元": "1", "圆": "1", "元整": "1", "万元": "10000", "万": "10000", "亿元": "100000000", "分": "0.01"}
SCALES["亿"] = SCALES["亿元"]
NUMBER = r"^([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|[+-]?\.\d+)(?:[eE]([+-]?\d{1,2}))?"
AMOUNT = NUMBER + r"(元整|万元|亿元|元|圆|万|亿|分)?$"
COUNT = NUMBER + r"(?:人|户|个|名|张|次|岁|份)?$"
DECIMAL = pl.Decimal(38, 8)
FEN = pl.Decimal(18, 2)
WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))  # GB 11643-1999, ISO 7064 MOD 11-2
CHECK_DIGITS = "10X98765432"
OLDEST_YEAR = 1800
OLD_AGE = 120  # years; nobody in China is documented above it, so such a number asks for a second look


def squeezed(cells: pl.Expr) -> pl.Expr:
    """Return text in half-width without any white space or zero-width character; empty is null."""
    made = cells.str.normalize("NFKC").str.replace_all(r"[\s\p{Cc}\p{Cf}]", "").str.replace_all("−", "-", literal=True)
    return pl.when(made != "").then(made)


def text(cells: pl.Expr) -> pl.Expr:
    """Return text without white space around it; empty is null."""
    made = cells.str.replace_all(r"[\p{Cf}\x00]", "").str.strip_chars()
    return pl.when(made != "").then(made)


def something(cells: pl.Expr) -> pl.Expr:
    """Return squeezed text, null where it only says that there is nothing (—, 无, /)."""
    made = squeezed(cells)
    return pl.when(made.is_in(NOTHING).not_()).then(made)


def person_name(cells: pl.Expr) -> pl.Expr:
    """Return a name for comparing: half-width, no white space, one kind of middle dot."""
    return something(cells).str.replace_all(r"[·•・․‧∙⋅.]", "·")


def number(cells: pl.Expr) -> pl.Expr:
    """Return an exact decimal (8 places); thousands separators and counting words are understood."""
    return _decimal(something(cells).str.extract_groups(COUNT))


def integer(cells: pl.Expr) -> pl.Expr:
    """Return a whole number; 12.0 is one, 12.5 is not."""
    made = number(cells)
    whole = made.cast(pl.Int64, strict=False)
    return pl.when(whole.cast(DECIMAL) == made).then(whole)


def yuan(cells: pl.Expr, unit: str) -> pl.Expr:
    """Return yuan, rounded to the fen, from amounts in `unit`; a unit written in the cell comes first."""
    cleaned = something(cells).str.replace(r"^(?:人民币|RMB|¥|¥|\$)", "").str.replace(r"^\((.+)\)$", "-$1")
    groups = cleaned.str.extract_groups(AMOUNT)
    # The scale is a shift of the decimal exponent, so that no digit is lost on the way.
    shift = groups.struct.field("3").replace_strict(_shifts(), default=_shifts()[unit], return_dtype=pl.Int64)
    return _decimal(groups, shift).round(2, mode="half_away_from_zero").cast(FEN, strict=False)


def _shifts() -> dict[str, int]:
    from decimal import Decimal

    return {unit: Decimal(scale).adjusted() for unit, scale in SCALES.items()}


def _decimal(groups: pl.Expr, shift: pl.Expr | None = None) -> pl.Expr:
    digits = groups.struct.field("1").str.replace_all(",", "", literal=True)
    exponent = groups.struct.field("2").cast(pl.Int64, strict=False).fill_null(0)
    if shift is not None:
        exponent = exponent + shift
    return pl.when(digits.is_not_null()).then(pl.format("{}e{}", digits, exponent)).cast(DECIMAL, strict=False)


def day(cells: pl.Expr) -> pl.Expr:
    """Return a date from 2025-06-30, 2025/6/30, 20250630, 2025年6月30日, 2025年6月 (its first day), Excel serials."""
    cleaned = something(cells).str.replace(r"(\d)(?:T|日)?\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?$", "$1")
    parts = cleaned.str.extract_groups(r"^(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})?日?)?$")
    packed = cleaned.str.extract_groups(r"^(\d{4})(\d{2})(\d{2})?$")
    year = pl.coalesce(parts.struct.field("1"), packed.struct.field("1"))
    month = pl.coalesce(parts.struct.field("2"), packed.struct.field("2"))
    of_month = pl.coalesce(parts.struct.field("3"), packed.struct.field("3"), pl.lit("1"))
    written = pl.format("{}-{}-{}", year, month.str.zfill(2), of_month.str.zfill(2)).str.to_date(
        "%Y-%m-%d", strict=False
    )
    # Excel counts days from 1899-12-30; five digits from 20000 are 1954 to 2173.
    serial = cleaned.str.extract(r"^([2-9]\d{4})(?:\.\d+)?$").cast(pl.Int32, strict=False)
    return pl.coalesce(written, (serial - 25569).cast(pl.Date))


def month(cells: pl.Expr) -> pl.Expr:
    """Return the first day of the month of a date or month; a quarter is its last month, as it is reported."""
    cleaned = something(cells)
    quarter = cleaned.str.extract_groups(r"^(\d{4})年?第?([1-4一二三四])季度?末?$")
    of_quarter = quarter.struct.field("2").replace_strict(
        {"1": "03", "一": "03", "2": "06", "二": "06", "3": "09", "三": "09", "4": "12", "四": "12"}, default=None
    )
    last = pl.format("{}-{}-01", quarter.struct.field("1"), of_quarter).str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(last, day(cells.str.replace(r"(月|\d)[份末底]\s*$", "$1")).dt.truncate("1mo"))


def flag(cells: pl.Expr) -> pl.Expr:
    """Return true or false from 是/否, Y/N, 1/0, √/×."""
    words = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
    return squeezed(cells).str.to_uppercase().replace_strict(words, default=None, return_dtype=pl.Boolean)


def code(cells: pl.Expr, spellings: dict[str, str]) -> pl.Expr:
    """Return the code each spelling stands for."""
    words = {squeeze(word): value for word, value in spellings.items()}
    return squeezed(cells).replace_strict(words, default=None, return_dtype=pl.String)


def division_code(cells: pl.Expr) -> pl.Expr:
    """Return a 12-digit division code; the 6 and 9 digits of upper levels are filled with zeros."""
    made = squeezed(cells).str.replace(r"\.0+$", "")
    digits = made.str.extract(r"^(\d{6}|\d{9}|\d{12})$")
    return pl.when(digits.is_not_null()).then(digits.str.pad_end(12, "0"))


def account(cells: pl.Expr) -> pl.Expr:
    """Return an account or serial number without separators; null where its last digits are lost."""
    made = something(cells).str.to_uppercase().str.replace_all(r"['`’\-]", "").str.replace(r"^(\d+)\.0+$", "$1")
    return pl.when(made.str.contains(LOST_DIGIT, literal=True).not_()).then(made)


def private_use(cells: pl.Expr) -> pl.Expr:
    """Return whether a text holds a private-use character, as GB18030 A6D9, A8BC and FE59 decode to."""
    return cells.str.contains(r"\p{Co}")


def id_numbers(cells: pl.Series, latest: date) -> pl.DataFrame:
    """Return a row a cell: number (18 digits, where valid), problem (where not), born, cleaned, is_old (15 digits).

    `problem` is one of ID_PROBLEMS. `latest` is the last possible day of birth. An unknown area is no problem:
    districts are created and abolished. Steps stand apart so that no step is computed twice.
    """
    cleaned = something(pl.col("cell")).str.to_uppercase().str.replace_all(r"['`’‘\-]", "")
    body = (
        pl.when(pl.col("is_new"))
        .then(pl.col("cleaned").str.slice(0, 17))
        .when(pl.col("is_old"))
        .then(pl.format("{}19{}", pl.col("cleaned").str.slice(0, 6), pl.col("cleaned").str.slice(6)))
    )
    total = pl.sum_horizontal(
        pl.col("digits") // 10 ** (16 - place) % 10 * weight for place, weight in enumerate(WEIGHTS)
    )
    check = (total % 11).replace_strict(dict(enumerate(CHECK_DIGITS)), return_dtype=pl.String)
    is_cut = pl.col("cleaned").str.contains(LOST_DIGIT, literal=True) | pl.col("cleaned").str.contains(
        r"^\d(?:\.\d+)?E\+?1[67]$"
    )
    problem = (
        pl.when(pl.col("cleaned").is_null())
        .then(pl.lit("missing"))
        .when(is_cut)
        .then(pl.lit("truncated"))
        .when(pl.col("body").is_null())
        .then(pl.lit("length"))
        .when(pl.col("born").is_null() | (pl.col("born").dt.year() < OLDEST_YEAR) | (pl.col("born") > latest))
        .then(pl.lit("date"))
        .when(pl.col("is_new") & (pl.col("number") != pl.col("cleaned")))
        .then(pl.lit("check"))
    )
    is_valid = pl.col("problem").is_null()
    return (
        cells.alias("cell")
        .to_frame()
        .select(cleaned.str.replace(r"^([0-9]{15,18})\.0+$", "$1").alias("cleaned"))
        .with_columns(
            pl.col("cleaned").str.contains(r"^[0-9]{15}$").fill_null(False).alias("is_old"),
            pl.col("cleaned").str.contains(r"^[0-9]{17}[0-9X]$").fill_null(False).alias("is_new"),
        )
        .with_columns(body.alias("body"))
        .with_columns(
            pl.col("body").cast(pl.Int64).alias("digits"),
            pl.col("body").str.slice(6, 8).str.to_date("%Y%m%d", strict=False).alias("born"),
        )
        .with_columns((pl.col("body") + check).alias("number"))
        .with_columns(problem.alias("problem"))
        .select(
            pl.when(is_valid).then(pl.col("number")).alias("number"),
            "problem",
            pl.when(is_valid).then(pl.col("born")).alias("born"),
            "cleaned",
            "is_old",
        )
    )


ID_PROBLEMS = {
    "missing": "身份证号为空",
    "truncated": "身份证号存成了数值,末几位已丢失",
    "length": "身份证号位数或字符不对",
    "date": "身份证号里的出生日期不存在",
    "check": "身份证号校验码不对",
}


@cache
def known_provinces() -> dict[str, str]:
    """Return the two digits a division code may begin with → province, from the seed."""
    return {row["province_code"]: row["province_name"] for row in seed("id_provinces")}


def describe_id(line: str) -> dict[str, Any]:
    """Return what an ID number is worth: normalised (18 digits where valid), valid, reason, warnings in Chinese."""
    today = datetime.now(UTC).date()
    found = id_numbers(pl.Series([line], dtype=pl.String), today).row(0, named=True)
    warnings = []
    if found["is_old"] and found["number"]:
        warnings.append("15 位旧号,已换算成 18 位")
    if found["number"] and found["number"][:2] not in known_provinces():
        warnings.append(f"前六位 {found['number'][:6]} 不是现有的区划代码;区划会变,只提醒,不算错")
    if found["born"] and today.year - found["born"].year > OLD_AGE:
        warnings.append(f"按号码已超过 {OLD_AGE} 岁,请核实")
    return {
        "normalised": found["number"] or found["cleaned"],
        "valid": found["number"] is not None,
        "reason": ID_PROBLEMS.get(found["problem"]),
        "warnings": warnings,
    }


def squeeze(word: str) -> str:
    """Return one word as `squeezed` returns a column, for headers and spellings from declarations."""
    import unicodedata

    kept = unicodedata.normalize("NFKC", word).replace("−", "-")
    return "".join(each for each in kept if not each.isspace() and unicodedata.category(each) not in ("Cc", "Cf"))
