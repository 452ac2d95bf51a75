"""Who a row is about, without saying it: ID numbers checked, personal values turned into keyed pseudonyms.

What identifies goes to the vault and nowhere else. A person whose number is missing or wrong is still a person:
counted under a stable surrogate, kept out of matching (`id_status_code`), listed for correction.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date

import polars as pl

from flows import normalise
from flows.conform import PLACE, PROBLEM, polars_type, problem
from flows.declarations import Table
from flows.vault import IDENTIFIERS, MENTIONS, PEOPLE

VALID, INVALID, MISSING, SHARED = "valid", "invalid", "missing", "shared"
PERSON = "person"  # the domain of the keys of ID numbers
KEY_BYTES = 16
SEPARATOR = "|"
SEVERAL = "、"


@dataclass
class Identified:
    """Rows with their keys (and still with what identifies, for the vault), and what is to be corrected."""

    rows: pl.DataFrame
    problems: pl.DataFrame


def keyed(values: pl.Series, domain: str, key: bytes) -> pl.Series:
    """Return the pseudonym of each value: the first 16 bytes of HMAC-SHA256(key, "domain:value"); null stays null."""
    distinct = values.drop_nulls().unique()
    head = f"{domain}:".encode()
    digests = [hmac.digest(key, head + value.encode(), hashlib.sha256)[:KEY_BYTES] for value in distinct]
    found = pl.DataFrame(
        {"value": distinct, "key": pl.Series(digests, dtype=pl.Binary)}, schema_overrides={"value": pl.String}
    )
    return values.alias("value").to_frame().join(found, on="value", how="left", maintain_order="left")["key"]


def identify(frame: pl.DataFrame, table: Table, key: bytes, latest: date, known: pl.DataFrame) -> Identified:
    """Replace the personal columns of conformed rows by keys, and derive ID status, birth month and sex.

    `frame` carries the landed columns that are not personal, the personal columns as text, and the delivery's
    columns; `latest` is the last possible day of birth; `known` are the vault's people, the first seen first.
    """
    absent = [pl.lit(None, pl.String).alias(each.name) for each in table.personal if each.name not in frame.columns]
    frame = frame.with_columns(absent)
    kinds = {each.kind: each for each in table.personal}
    problems: list[pl.DataFrame] = []
    keys: dict[str, pl.Series] = {}
    for personal in table.personal:
        if personal.kind in ("household_no", "account", "reference"):
            written = frame[personal.name]
            values = frame.select(normalise.account(pl.col(personal.name))).to_series()
            problems += _lost(frame, written, values, personal.label, personal.required)
            frame = frame.with_columns(values.alias(personal.name))
            if personal.keyed_as:
                keys[personal.keyed_as] = keyed(values, personal.kind, key)
        if personal.kind == "relative_id_number":
            checked = normalise.id_numbers(frame[personal.name], latest)
            problems += _unknown_relatives(frame, checked["problem"], personal.label)
            keys[personal.keyed_as or "relative_key"] = keyed(checked["number"], PERSON, key)
    if "id_number" in kinds:
        frame, found = _persons(frame, table, key, latest, known)
        problems += found
        keys[kinds["id_number"].keyed_as or "person_key"] = frame["person_key"]
    elif "person_name" in kinds:
        problems += _odd_names(frame, kinds["person_name"].name, kinds["person_name"].label)
    frame = frame.with_columns(series.alias(name) for name, series in keys.items())
    listed = pl.concat(problems) if problems else pl.DataFrame(schema=PROBLEM)
    fatal = listed.filter("is_fatal").select(*PLACE).unique()
    frame = frame.join(fatal, on=list(PLACE), how="anti", maintain_order="left")
    return Identified(_derived(frame, table), listed)


def _persons(
    frame: pl.DataFrame, table: Table, key: bytes, latest: date, known: pl.DataFrame
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    kinds = {each.kind: each for each in table.personal}
    number = kinds["id_number"]
    checked = normalise.id_numbers(frame[number.name], latest)
    nothing = pl.lit(None, pl.String)
    name = normalise.person_name(pl.col(kinds["person_name"].name)) if "person_name" in kinds else nothing
    household = pl.col(kinds["household_no"].name) if "household_no" in kinds else nothing
    born = normalise.day(pl.col(kinds["birth_date"].name)) if "birth_date" in kinds else pl.lit(None, pl.Date)
    frame = frame.with_columns(
        checked["number"].alias("_number"),
        checked["problem"].alias("_problem"),
        checked["born"].alias("_born"),
        checked["cleaned"].alias("_written"),
        name.alias("_name"),
        household.alias("_household"),
        born.alias("_birth_date"),
    )
    seen = known.filter(pl.col("id_status_code").is_in([VALID, SHARED])).select(
        pl.col("id_number").alias("number"),
        pl.col("person_name").alias("name"),
        (pl.col("id_status_code") == SHARED).alias("is_second"),
    )
    named = frame.select(pl.col("_number").alias("number"), pl.col("_name").alias("name"), "delivery_sequence")
    frame = frame.with_columns(_shared(named, seen).alias("_shared"))
    surrogate = frame.select(
        pl.concat_str(
            "department_code",
            *(pl.col(name).cast(pl.String).fill_null("") for name in ("_household", "_name", "_birth_date")),
            separator=SEPARATOR,
        )
    ).to_series()
    is_matched = pl.col("_number").is_not_null() & pl.col("_shared").not_()
    # Nothing to tell the person by: no valid number, no name.
    is_nobody = is_matched.not_() & pl.col("_name").is_null()
    status = (
        pl.when(is_matched)
        .then(pl.lit(VALID))
        .when("_shared")
        .then(pl.lit(SHARED))
        .when(pl.col("_problem") == "missing")
        .then(pl.lit(MISSING))
        .otherwise(pl.lit(INVALID))
    )
    # Only those who need one get a surrogate: the keyed hash is the one step that goes row by row.
    frame = frame.with_columns(
        status.alias("id_status_code"), is_nobody.alias("_nobody"), surrogate.alias("_surrogate")
    )
    frame = frame.with_columns(
        pl.when(is_matched | pl.col("_nobody")).then(None).otherwise(pl.col("_surrogate")).alias("_surrogate")
    )
    matched = keyed(frame.select(pl.when(is_matched).then(pl.col("_number"))).to_series(), PERSON, key)
    stand_in = keyed(frame["_surrogate"], "surrogate", key)
    frame = frame.with_columns(matched.alias("_matched"), stand_in.alias("_stand_in"))
    frame = frame.with_columns(pl.coalesce("_matched", "_stand_in").alias("person_key")).drop("_matched", "_stand_in")
    return frame, _id_problems(frame, table)


def _id_problems(frame: pl.DataFrame, table: Table) -> list[pl.DataFrame]:
    kinds = {each.kind: each for each in table.personal}
    number = kinds["id_number"]
    needed = next((column.required for column in table.columns if column.name == number.keyed_as), False)
    kept = ";人数照计,但不参加比对"
    found = []
    for code, reason in normalise.ID_PROBLEMS.items():
        if code == "missing" and not needed:
            continue
        rows = frame.filter((pl.col("_problem") == code) & (pl.lit(needed) | pl.col("_name").is_not_null()))
        advice = "请设为文本格式后重填 18 位号码" if code == "truncated" else "请核对证件后更正"
        found.append(problem(rows, number.label, f"id_{code}", reason + kept, advice, False))
    shared = frame.filter("_shared")
    reason = "同一身份证号下有两个姓名,这一行不是先出现的那个" + kept
    found.append(problem(shared, number.label, "id_shared", reason, "请核对两人的证件后更正", False))
    if needed:
        nobody = frame.filter(pl.col("_nobody"))
        found.append(
            problem(
                nobody, number.label, "nobody", "身份证号不可用,又没有姓名,认不出是谁", "请补填身份证号和姓名", True
            )
        )
    if "person_name" in kinds:
        found += _odd_names(frame, kinds["person_name"].name, kinds["person_name"].label)
        if kinds["person_name"].required:
            rows = frame.filter(pl.col("_name").is_null() & pl.col("_nobody").not_())
            label = kinds["person_name"].label
            found.append(problem(rows, label, "missing_name", f"{label}为空;人数照计", f"请补填{label}", False))
    return [each for each in found if not each.is_empty()]


def _unknown_relatives(frame: pl.DataFrame, problems: pl.Series, label: str) -> list[pl.DataFrame]:
    advice = "请核对证件后更正"
    found = [
        problem(frame.filter(problems == code), label, f"id_{code}", f"{reason};这个人不参加比对", advice, False)
        for code, reason in normalise.ID_PROBLEMS.items()
        if code != "missing"
    ]
    return [each for each in found if not each.is_empty()]


def _shared(rows: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Return whether a row holds the second name of its ID number.

    Two names in one delivery are two people: the name that is known already, else the first, keeps the number, and
    the other never gets it again. A name that only changes from one delivery to the next is the same person.
    `rows` are number, name, delivery_sequence; `known` are number, name, is_second, in the order they were learnt.
    """
    rows = rows.with_row_index("row")
    named = rows.drop_nulls(["number", "name"])
    pair = ["number", "name"]
    first = named.sort("delivery_sequence", "row").unique(pair, keep="first", maintain_order=True).select(pair)
    keeper = (
        pl.concat([known.filter(pl.col("is_second").not_()).select(pair), first])
        .join(known.filter("is_second"), on=pair, how="anti", maintain_order="left")
        .unique("number", keep="first", maintain_order=True)
        .select("number", pl.col("name").alias("keeper"))
    )
    together = (
        named.filter(pl.col("name").n_unique().over("number", "delivery_sequence") > 1)
        .join(keeper, on="number")
        .filter(pl.col("name") != pl.col("keeper"))
        .select(*pair, "delivery_sequence")
    )
    earlier = known.filter("is_second").select(*pair, pl.lit(0, pl.Int64).alias("delivery_sequence"))
    since = pl.concat([earlier, together]).group_by(pair).agg(pl.col("delivery_sequence").min().alias("since"))
    marked = rows.join(since, on=pair, how="left", maintain_order="left")
    return marked.select((pl.col("delivery_sequence") >= pl.col("since")).fill_null(False)).to_series()


def _lost(
    frame: pl.DataFrame, written: pl.Series, values: pl.Series, label: str, is_required: bool
) -> list[pl.DataFrame]:
    is_cut = values.is_null() & written.str.contains(normalise.LOST_DIGIT, literal=True).fill_null(False)
    cut, empty = frame.filter(is_cut), frame.filter(values.is_null() & ~is_cut)
    advice = "请设为文本格式后重填"
    found = [problem(cut, label, "number_cut", f"{label}存成了数值,末几位已丢失", advice, is_required)]
    if is_required:
        found.append(problem(empty, label, "missing", f"{label}为空", f"请补填{label}", True))
    return [each for each in found if not each.is_empty()]


def _odd_names(frame: pl.DataFrame, name: str, label: str) -> list[pl.DataFrame]:
    rows = frame.filter(normalise.private_use(pl.col(name)).fill_null(False))
    reason = f"{label}含私用区字符(多为 GB18030 的 A6D9、A8BC、FE59 等),换一台机器会显示成空框"
    return [problem(rows, label, "private_use", reason, "请用标准汉字重新录入", False)] if not rows.is_empty() else []


def _derived(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    made = []
    for column in table.columns:
        if column.kind == "birth_month":
            made.append(pl.coalesce("_born", "_birth_date").dt.truncate("1mo").alias(column.name))
        elif column.kind == "sex":
            # The 17th digit is odd for men (GB 11643-1999).
            is_male = pl.col("_number").str.slice(16, 1).cast(pl.Int32) % 2 == 1
            delivered = f"delivered_{column.name}"
            said = (
                normalise.code(pl.col(delivered), column.spellings())
                if delivered in frame.columns
                else pl.lit(None, pl.String)
            )
            by_number = pl.when(is_male).then(pl.lit("male")).when(is_male.not_()).then(pl.lit("female"))
            trusted = pl.when(pl.col("id_status_code") == VALID).then(by_number)
            made.append(pl.coalesce(trusted, said).alias(column.name))
    return frame.with_columns(made)


def landed(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return exactly the landed columns, in order and typed."""
    types = table.landed_types()
    absent = [pl.lit(None, polars_type(kind)).alias(name) for name, kind in types.items() if name not in frame.columns]
    return frame.with_columns(absent).select(pl.col(name).cast(polars_type(kind)) for name, kind in types.items())


def people(frame: pl.DataFrame) -> pl.DataFrame:
    """Return what the vault learns about persons from identified rows."""
    if "_number" not in frame.columns:
        return pl.DataFrame(schema=PEOPLE)
    return (
        frame.filter(pl.col("person_key").is_not_null())
        .select(
            "person_key",
            pl.coalesce("_number", "_written").alias("id_number"),
            pl.col("_name").fill_null("").alias("person_name"),
            "id_status_code",
            pl.col("delivery_id").alias("first_delivery_id"),
            pl.col("delivery_sequence").alias("first_sequence"),
        )
        .sort("first_sequence", maintain_order=True)
        .unique(["person_key", "person_name"], keep="first", maintain_order=True)
    )


def identifiers(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return what the vault learns about households, accounts, serial numbers, phones, addresses and birthdays."""
    # A phone, an address or a birthday belongs to the household where there is one, else to the person.
    by_kind = {each.kind: each.keyed_as for each in table.personal if each.keyed_as}
    owner = by_kind.get("household_no") or by_kind.get("id_number")
    parts: list[pl.DataFrame] = []
    for each in table.personal:
        if each.kind in ("id_number", "person_name"):
            continue
        key = each.keyed_as or (by_kind.get("id_number") if each.kind == "birth_date" else owner)
        if key is None:
            continue
        value = normalise.text(pl.col(each.name))
        parts.append(
            frame.select(
                pl.lit(each.kind).alias("kind"),
                pl.col(key).alias("key"),
                value.alias("value"),
                pl.col("delivery_id").alias("first_delivery_id"),
            )
            .drop_nulls(["key", "value"])
            .unique(["key", "value"], keep="first", maintain_order=True)
        )
    return pl.concat(parts) if parts else pl.DataFrame(schema=IDENTIFIERS)


def mentions(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return what identified rows say of persons, for matching: name, birth as far as told, villages, phone."""
    kinds = {each.kind: each.name for each in table.personal}
    if "_number" not in frame.columns:
        return pl.DataFrame(schema=MENTIONS)
    nothing = pl.lit(None, pl.String)
    told = normalise.something(pl.col(kinds["birth_date"])) if "birth_date" in kinds else nothing
    # 1950年3月 is a month and 1950年 a year: read as a day, they would contradict whoever knows the day.
    month = told.str.extract_groups(r"^(\d{4})[-/.年](\d{1,2})月?$")
    partly = pl.coalesce(
        pl.format("{}-{}", month.struct.field("1"), month.struct.field("2").str.zfill(2)),
        told.str.extract(r"^(\d{4})年?$"),
    )
    # A number that cannot be used may still tell the day of birth.
    in_number = pl.col("_written").str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    birth = pl.coalesce(
        pl.col("_born").dt.strftime("%Y-%m-%d"),
        partly,
        pl.col("_birth_date").dt.strftime("%Y-%m-%d"),
        pl.when(in_number.dt.year() >= normalise.OLDEST_YEAR).then(in_number.dt.strftime("%Y-%m-%d")),
    )
    areas = [column.name for column in table.columns if column.kind == "area"]
    villages = pl.concat_str(areas, separator=SEVERAL, ignore_nulls=True) if areas else nothing
    phone = normalise.account(pl.col(kinds["phone"])) if "phone" in kinds else nothing
    return (
        frame.filter(pl.col("person_key").is_not_null())
        .select(
            "person_key",
            pl.lit(table.name).alias("table_name"),
            "id_status_code",
            pl.col("_name").alias("person_name"),
            birth.alias("birth"),
            villages.alias("area_codes"),
            phone.alias("phone"),
        )
        .with_columns(pl.col(pl.String).fill_null(""))
        .unique()
    )
