"""Every fault that the sample plants is found, and nothing else: the answer key against what the night made of it."""

import hashlib
import hmac
import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.conftest import Night

pytestmark = pytest.mark.xdist_group("night")


def faults(night: Night, name: str) -> list[dict[str, Any]]:
    found = [fault for fault in night.answers["districts"][0]["faults"] if fault["fault"] == name]
    assert found, name
    return found


def events(night: Night) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (night.data / "landing" / "deliveries.jsonl").read_text("utf-8").splitlines()]


def event(night: Night, file: str, extract: str) -> dict[str, Any]:
    [found] = [
        each for each in events(night) if each["file_name"] == file.split("/")[-1] and each["extract_name"] == extract
    ]
    return found


def landed(night: Night, file: str, extract: str) -> pl.DataFrame:
    found = event(night, file, extract)
    paths = [
        night.data / "landing" / found["table_name"] / f"month={month}" / f"{found['delivery_id']}.parquet"
        for month in found["months"]
    ]
    return pl.concat(pl.read_parquet(path) for path in paths)


def corrections(night: Night, file: str, extract: str) -> pl.DataFrame:
    return pl.read_parquet(night.data / "rejected" / f"{event(night, file, extract)['delivery_id']}.parquet")


def person_key(night: Night, number: str) -> str:
    """Return the pseudonym of a normalised number, computed here from the key file."""
    key = bytes.fromhex((night.keys / "pseudonym.key").read_text("ascii").strip())
    digest = hmac.digest(key, f"person:{number}".encode(), hashlib.sha256)[:16].hex()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"


def test_every_fault_of_the_answer_key_is_looked_for_by_a_test(night: Night) -> None:
    text = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    planted = {fault["fault"] for fault in night.answers["districts"][0]["faults"]}
    assert not [name for name in planted if f'"{name}"' not in text]


@pytest.mark.parametrize(
    ("name", "status"),
    [("wrong_check_digit", "invalid"), ("missing_id_number", "missing"), ("id_number_twice", "shared")],
)
def test_a_recipient_without_a_good_number_is_counted_under_one_key_in_every_month(
    night: Night, name: str, status: str
) -> None:
    rows = night.sql(
        "select person_key, count(distinct month) as months from fct_enrolments "
        f"where programme_code = 'dibao' and id_status_code = '{status}' group by person_key"
    )
    assert len(rows) == len(faults(night, name))
    assert {row["months"] for row in rows} == {18}
    last = corrections(night, "低保花名册202506.xlsx", "dibao_members")
    assert last.filter(pl.col("taken") == "已收,待更正").height >= len(rows)


@pytest.mark.parametrize("name", ["full_width_digits", "fifteen_digits"])
def test_an_odd_spelling_of_a_number_is_the_same_person(night: Night, name: str) -> None:
    for fault in faults(night, name):
        [row] = night.sql(
            "select count(distinct month) as months, min(id_status_code) as status from fct_enrolments "
            f"where person_key = '{person_key(night, fault['id_number'])}'"
        )
        assert (row["months"], row["status"]) == (18, "valid")


@pytest.mark.parametrize("name", ["village_alias", "village_near_miss", "village_decided"])
def test_a_village_under_another_name_is_found_in_its_street(night: Night, name: str) -> None:
    for fault in faults(night, name):
        rows = landed(night, fault["file"], fault["extract"])
        [code] = rows.filter(pl.col("source_row_number") == fault["row_number"])["residence_area_code"]
        assert code == fault["area_code"]


def test_a_name_that_nobody_knows_goes_to_the_rejects_with_what_is_nearest(night: Night) -> None:
    for fault in faults(night, "village_unresolved"):
        lines = corrections(night, fault["file"], fault["extract"]).filter(pl.col("row_number") == fault["row_number"])
        assert lines["reason_code"].to_list() == ["area_unknown"]
        assert fault["written"] not in lines["reason"][0]


def test_an_amount_in_another_unit_is_a_warning_with_both_readings(night: Night) -> None:
    for fault in faults(night, "ten_thousands"):
        warnings = " ".join(event(night, fault["file"], fault["extract"])["warnings"])
        assert "万元" in warnings
        assert "元" in warnings.replace("万元", "")


def test_an_amount_written_as_text_is_an_amount(night: Night) -> None:
    for fault in faults(night, "text_amounts"):
        rows = landed(night, fault["file"], fault["extract"])
        told = rows["entitlement_amount_yuan"].drop_nulls().cast(pl.Float64)
        assert told.len() > 1500
        assert told.max() > 1000


def test_a_row_that_stands_twice_is_skipped_once(night: Night) -> None:
    for fault in faults(night, "row_twice"):
        found = event(night, fault["file"], fault["extract"])
        assert found["rows_skipped"]["duplicate"] == 1
        assert (
            landed(night, fault["file"], fault["extract"])
            .filter(pl.col("source_row_number") == fault["row_number"])
            .is_empty()
        )


def test_a_month_that_was_never_sent_is_no_data(night: Night) -> None:
    for fault in faults(night, "missing_month"):
        [row] = night.sql(
            "select status, recipients_count, rate from mart_coverage where programme_code = 'dibian' "
            f"and level_code = 'district' and basis_code = 'hukou' and month = date '{fault['months']}-01'"
        )
        assert row == {"status": "no_data", "recipients_count": None, "rate": None}


def test_a_corrected_month_counts_the_correction_and_remembers_the_first(night: Night) -> None:
    for fault in faults(night, "corrected_month"):
        [row] = night.sql(
            "select sum(recipients_count) as persons, sum(first_reported_recipients_count) as first, "
            "bool_and(is_restated) as is_restated from mart_coverage where programme_code = 'dibao' "
            f"and basis_code = 'hukou' and level_code in ('district', 'special') "
            f"and month = date '{fault['months']}-01'"
        )
        assert int(row["persons"]) == fault["corrected"]["persons"]
        assert int(row["first"]) == fault["first"]["persons"]
        assert row["is_restated"] is True


@pytest.mark.parametrize(
    ("name", "query"),
    [
        (
            "paid_after_death",
            "select payments.person_key, sum(paid_amount_yuan) as yuan, "
            "list(distinct strftime(benefit_month, '%Y-%m') order by strftime(benefit_month, '%Y-%m')) as months "
            "from fct_payments as payments inner join fct_deaths as deaths using (person_key) "
            "where is_successful and benefit_month > death_month group by payments.person_key",
        ),
        (
            "paid_in_custody",
            "select payments.person_key, sum(paid_amount_yuan) as yuan, "
            "list(distinct strftime(benefit_month, '%Y-%m') order by strftime(benefit_month, '%Y-%m')) as months "
            "from fct_payments as payments "
            "inner join (select distinct * from fct_custody) as custody using (person_key) "
            "where is_successful and custody_type_code = 'sentence' and benefit_month > custody_start_date "
            "and coalesce(benefit_month <= custody_end_date, true) group by payments.person_key",
        ),
    ],
)
def test_who_is_paid_after_an_event_is_whom_the_answer_key_names_and_nobody_else(
    night: Night, name: str, query: str
) -> None:
    expected = {
        person_key(night, fault["id_number"]): (fault["months"], pytest.approx(fault["paid_yuan"], abs=0.005))
        for fault in [*faults(night, name), *faults(night, f"{name}_misnamed")]
    }
    found = {row["person_key"]: (row["months"], float(row["yuan"])) for row in night.sql(query)}
    assert found == expected


def test_no_other_row_of_the_sample_is_rejected(night: Night) -> None:
    planted = Counter(fault["file"].split("/")[-1] for fault in faults(night, "village_unresolved"))
    rejected = {
        each["file_name"]: each["rows_rejected"]
        for each in events(night)
        if each["event"] == "landed" and each["rows_rejected"] and "2025年7月" not in each["file_name"]
    }
    assert rejected == dict(planted)
