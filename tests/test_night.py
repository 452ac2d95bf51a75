"""The whole night over the sample district, from files to the regional-gap table, as its users run it."""

import json
import os
import re
import stat
import zipfile
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from flows.declarations import extracts
from tests.conftest import CANARY_NAMES, CANARY_NUMBERS, Night, make_night

pytestmark = pytest.mark.xdist_group("night")

# mission.md's first table: value and bound. "3000余户", "60余万元" and "90%以上" are lower bounds.
SEED_FIGURES = {
    "dibao_households": (Decimal(1739), "="),
    "dibao_persons": (Decimal(2051), "="),
    "dibian_households": (Decimal(62), "="),
    "dibian_persons": (Decimal(183), "="),
    "tekun_households": (Decimal(22), "="),
    "tekun_persons": (Decimal(22), "="),
    "dibao_standard": (Decimal(1301), "="),
    "dibao_standard_base": (Decimal(1041), "="),
    "dibao_standard_increase": (Decimal(260), "="),
    "tekun_standard": (Decimal(2255), "="),
    "tekun_standard_base": (Decimal(1837), "="),
    "tekun_standard_increase": (Decimal(418), "="),
    "medical_backstop_households": (Decimal(3), "="),
    "medical_backstop_persons": (Decimal(3), "="),
    "medical_backstop_yuan": (Decimal("26894.25"), "="),
    "medical_coverage_rate": (Decimal("0.9075"), "="),
    "visited_households": (Decimal(3000), "≥"),
    "verification_reports": (Decimal(1000), "="),
    "recovered_yuan": (Decimal(600000), "≥"),
    "fiscal_share": (Decimal("0.9"), "≥"),
}


def released(night: Night) -> Path:
    return (night.data / "releases" / "current").resolve()


@pytest.mark.parametrize("name", SEED_FIGURES)
def test_every_figure_of_the_report_comes_out_of_the_rows(night: Night, name: str) -> None:
    figures = {figure["name"]: figure for figure in night.json("figures")}
    stated, bound = SEED_FIGURES[name]
    value = Decimal(str(figures[name]["value"]))
    if bound == "≥":
        assert value >= stated
    elif name == "medical_coverage_rate":
        assert round(value, 4) == stated
    else:
        assert value == stated
        assert figures[name]["bound"] == "="
    assert figures[name]["agrees"] is True
    assert figures[name]["run_id"] == released(night).name


def test_no_process_of_the_night_tried_to_reach_the_network(night: Night) -> None:
    assert not night.log.exists(), night.log.read_text(encoding="utf-8")


def test_every_row_that_was_read_is_good_rejected_or_skipped(night: Night) -> None:
    events = [
        json.loads(line) for line in (night.data / "landing" / "deliveries.jsonl").read_text("utf-8").splitlines()
    ]
    landed = [event for event in events if event["event"] in ("landed", "held")]
    assert {event["extract_name"] for event in landed} == {extract.name for _, extract, _ in extracts()}
    for event in landed:
        assert event["rows_read"] == event["rows_good"] + event["rows_rejected"] + sum(event["rows_skipped"].values())


def test_a_second_night_says_nothing_is_new_and_changes_nothing(night: Night) -> None:
    before = sorted(path.name for path in (night.data / "releases").iterdir())
    said = night.run("nightly")
    assert "没有新" in said
    assert sorted(path.name for path in (night.data / "releases").iterdir()) == before


def test_the_gap_table_has_a_row_a_street_and_reconciles(night: Night) -> None:
    rows = night.json("gap", "--level", "street", "--month", "2025-06")
    assert len(rows) == len(night.sql("select area_code from dim_areas where level_code = 'street' and is_current"))
    needed = {"area_code", "area_name", "parent_name", "value", "district_value", "gap", "gap_persons", "gap_yuan"}
    assert needed | {"rank", "low", "high", "status"} <= rows[0].keys()
    for row in rows:
        assert row["gap"] == pytest.approx(row["value"] - row["district_value"])
        assert row["low"] <= row["value"] <= row["high"]
    assert sorted(row["rank"] for row in rows)[0] == 1


@pytest.mark.parametrize("basis", ["hukou", "resident"])
def test_both_bases_add_up_to_the_persons_of_the_district(night: Night, basis: str) -> None:
    [row] = night.sql(
        "select sum(recipients_count) as persons from mart_coverage where month = date '2025-06-01' "
        f"and programme_code = 'dibao' and basis_code = '{basis}' and level_code in ('village', 'special')"
    )
    assert int(row["persons"]) == 2051


def delivered_numbers(night: Night) -> set[str]:
    """Return every ID number of the roster's workbooks of one month, as they were delivered."""
    numbers: set[str] = set()
    for path in sorted((night.data / "inbox" / "civil_affairs").glob("低保花名册*2025*06*.xlsx")):
        with zipfile.ZipFile(path) as book:
            text = "".join(book.read(name).decode() for name in book.namelist() if name.startswith("xl/"))
        numbers |= set(re.findall(r"<t[^>]*>(\d{17}[\dX])</t>", text))
    assert len(numbers) > 1500
    return numbers


def texts_of(path: Path) -> str:
    """Return everything readable of a file: its bytes, and the strings of databases, Parquet and workbooks."""
    import duckdb

    parts = [path.read_bytes().decode("utf-8", "ignore"), path.read_bytes().decode("gb18030", "ignore")]
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path)
        parts += [
            "\n".join(map(str, frame[name].drop_nulls().unique()))
            for name in frame.columns
            if frame[name].dtype == pl.String
        ]
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for schema, table, column in connection.execute(
                "select table_schema, table_name, column_name from information_schema.columns "
                "where data_type = 'VARCHAR'"
            ).fetchall():
                rows = connection.execute(f'select distinct "{column}" from "{schema}"."{table}"').fetchall()
                parts.append("\n".join(str(row[0]) for row in rows))
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            parts += [archive.read(name).decode("utf-8", "ignore") for name in archive.namelist()]
    return "\n".join(parts)


def test_no_personal_value_lies_outside_inbox_archive_and_vault(night: Night) -> None:
    numbers = delivered_numbers(night) | set(CANARY_NUMBERS)
    # As JSON and logs may write them, too.
    names = [*CANARY_NAMES, *(json.dumps(name).strip('"') for name in CANARY_NAMES)]
    allowed = [night.data / "inbox", night.data / "archive", night.data / "vault", night.data / "answers.json"]
    searched = 0
    for path in sorted(night.data.parent.rglob("*")):
        if not path.is_file() or path.is_symlink() or any(path.is_relative_to(place) for place in allowed):
            continue
        searched += 1
        text = texts_of(path)
        found = set(re.findall(r"\d{17}[\dXx]", text)) & numbers
        assert not found, f"{path.relative_to(night.data.parent)}: {len(found)} ID numbers"
        assert not [name for name in names if name in text], f"{path.relative_to(night.data.parent)}: a name"
    assert searched > 100
    vault = (night.data / "vault" / "vault.duckdb").read_bytes()
    assert not [value for value in (*CANARY_NUMBERS, *CANARY_NAMES) if value.encode() in vault]


def test_nothing_that_was_printed_says_a_personal_value(night: Night) -> None:
    said = "\n".join(night.said)
    assert "临时救助台账2025年7月.xlsx" in said or "走访记录2025年7月.xlsx" in said  # the refused one is named
    assert not [value for value in (*CANARY_NUMBERS, *CANARY_NAMES) if value in said]


def test_the_canaries_were_taken_where_they_could_be_and_listed_where_not(night: Night) -> None:
    events = [
        json.loads(line) for line in (night.data / "landing" / "deliveries.jsonl").read_text("utf-8").splitlines()
    ]
    by_file = {event["file_name"]: event for event in events}
    grants = by_file["临时救助台账2025年7月.xlsx"]
    assert (grants["event"], grants["rows_good"] + grants["rows_rejected"]) == ("landed", 4)
    assert grants["rows_rejected"] >= 2
    assert by_file["走访记录2025年7月.xlsx"]["event"] == "refused"
    assert "引号" in by_file["死亡注销名单_339900.csv"]["reason"]


def test_originals_vault_and_keys_are_for_their_owner_only(night: Night) -> None:
    places = [night.data / "archive", night.data / "vault", night.keys, *night.keys.iterdir()]
    places += list((night.data / "archive").rglob("*"))
    for place in places:
        assert not stat.S_IMODE(place.stat().st_mode) & 0o077, place


def test_a_rebuild_and_a_fresh_load_elsewhere_give_the_same_marts(night: Night, tmp_path: Path) -> None:
    first = json.loads((released(night) / "manifest.json").read_text("utf-8"))
    night.run("nightly", "--rebuild")
    rebuilt = json.loads((released(night) / "manifest.json").read_text("utf-8"))
    assert rebuilt["run_id"] != first["run_id"]
    elsewhere = make_night(tmp_path, keys=night.keys)
    elsewhere.run("nightly", "--inbox", str(night.data / "inbox"))
    loaded = json.loads((released(elsewhere) / "manifest.json").read_text("utf-8"))
    assert rebuilt["content_hashes"] == first["content_hashes"]
    assert loaded["content_hashes"] == first["content_hashes"]


def test_published_files_cannot_be_written(night: Night) -> None:
    for path in released(night).iterdir():
        assert not stat.S_IMODE(path.stat().st_mode) & 0o222, path.name
    assert os.path.islink(night.data / "releases" / "current")  # noqa: PTH114


def test_the_public_release_holds_no_village_no_person_and_no_small_count(night: Night) -> None:
    import duckdb

    with duckdb.connect(str(released(night) / "public.duckdb"), read_only=True) as connection:
        columns = connection.execute("select table_name, column_name from information_schema.columns").fetchall()
        assert not [pair for pair in columns if pair[1].endswith("_key")]
        levels = {row[0] for row in connection.execute("select distinct level_code from mart_coverage").fetchall()}
        assert "village" not in levels
        [small] = connection.execute(
            "select count(*) from mart_coverage where recipients_count between 1 and 4"
        ).fetchall()
        assert small == (0,)
        [hidden] = connection.execute("select count(*) from mart_coverage where status = 'suppressed'").fetchall()
        assert hidden[0] > 0
