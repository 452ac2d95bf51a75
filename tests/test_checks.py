"""Visits, verification reports and recoveries: from the offices' files to the marts, area by area."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import Night
from tests.sample.conftest import make
from tests.sample.reading import date_of, month_of, read

pytestmark = pytest.mark.xdist_group("night")

DISTRICT = "339900000000"
HITS = {"收入变化", "人口变化", "不符", "不一致"}
SETTLED = HITS | {"无变化", "正常", "相符", "一致"}


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same files without the canaries that the night's inbox holds besides."""
    return make(tmp_path_factory.mktemp("files")).inbox


def test_visits_households_and_hits_of_every_month_are_those_of_the_files(night: Night, inbox: Path) -> None:
    visits = read(inbox, "visits").with_columns(
        month=pl.col("visit_date").map_elements(month_of, return_dtype=pl.String)
    )
    expected = {
        row["month"]: (row["visits"], row["households"], row["hits"] / row["settled"])
        for row in visits.group_by("month")
        .agg(
            visits=pl.len(),
            households=pl.col("household_no").n_unique(),
            hits=pl.col("visit_result_code").is_in(list(HITS)).sum(),
            settled=pl.col("visit_result_code").is_in(list(SETTLED)).sum(),
        )
        .to_dicts()
    }
    rows = night.sql(f"select * from mart_checks where area_code = '{DISTRICT}'")
    told = {row["month"][:7]: (row["visits_count"], row["visited_households_count"]) for row in rows}
    assert told == {month: each[:2] for month, each in expected.items()}
    for row in rows:
        assert row["visit_hit_share"] == pytest.approx(expected[row["month"][:7]][2])


def test_a_visit_and_a_report_disagree_where_one_found_something_within_ninety_days_of_the_other(
    night: Night, inbox: Path
) -> None:
    visits, reports = (
        read(inbox, name)
        .filter(pl.col(result).is_in(list(SETTLED)))
        .select(
            "household_no",
            pl.col(day).map_elements(date_of, return_dtype=pl.Date).alias(day),
            pl.col(result).is_in(list(HITS)).alias(result),
        )
        for name, day, result in (
            ("visits", "visit_date", "visit_result_code"),
            ("verification_reports", "report_date", "verification_result_code"),
        )
    )
    near = (
        reports.with_row_index("report")
        .join(visits, on="household_no")
        .with_columns(apart=(pl.col("report_date") - pl.col("visit_date")).dt.total_days().abs())
        .filter(pl.col("apart") <= 90)
        .sort("report", "apart", "visit_date")
        .unique("report", keep="first", maintain_order=True)
    )
    differ = near.filter(pl.col("visit_result_code") != pl.col("verification_result_code"))
    [row] = night.sql(
        "select sum(pairs_count) as pairs, sum(disagreements_count) as disagreements from mart_checks "
        f"where area_code = '{DISTRICT}'"
    )
    assert (int(row["pairs"]), int(row["disagreements"])) == (len(near), len(differ))
    assert len(differ) > 20


def test_what_is_due_recovered_and_open_at_the_end_is_that_of_the_ledger_by_age(night: Night) -> None:
    ledger = read(night.data / "inbox", "recoveries").with_columns(
        pl.col("decision_date").map_elements(date_of, return_dtype=pl.Date),
        pl.col("recovered_date").map_elements(date_of, return_dtype=pl.Date),
        pl.col("due_amount_yuan", "recovered_amount_yuan").cast(pl.Float64),
    )
    ledger = ledger.with_columns(
        age=(2025 - pl.col("decision_date").dt.year()) * 12 + 6 - pl.col("decision_date").dt.month(),
        back=pl.when(pl.col("recovered_date") <= date(2025, 6, 30)).then("recovered_amount_yuan").otherwise(0.0),
    )
    rows = night.sql(f"select * from mart_recoveries where month = '2025-06-01' and area_code = '{DISTRICT}'")
    assert len(rows) == 4
    for row, (low, high) in zip(
        sorted(rows, key=lambda each: each["recovery_age_band_code"]), [(0, 2), (3, 5), (6, 11), (12, 99)], strict=True
    ):
        aged = ledger.filter(pl.col("age").is_between(low, high))
        assert row["recoveries_count"] == len(aged)
        assert float(row["due_amount_yuan"]) == pytest.approx(aged["due_amount_yuan"].sum())
        assert float(row["recovered_amount_yuan"]) == pytest.approx(aged["back"].sum())
        assert float(row["open_amount_yuan"]) == pytest.approx((aged["due_amount_yuan"] - aged["back"]).sum())
    assert sum(float(row["recovered_amount_yuan"]) for row in rows) > 600_000


@pytest.mark.parametrize(
    ("indicator", "extract", "day", "result", "mart"),
    [
        ("visit_hit_share", "visits", "visit_date", "visit_result_code", "visit"),
        ("report_hit_share", "verification_reports", "report_date", "verification_result_code", "report"),
    ],
)
def test_how_often_a_years_checks_found_something_is_that_of_the_files_and_of_the_marts_months(
    night: Night, inbox: Path, indicator: str, extract: str, day: str, result: str, mart: str
) -> None:
    settled = read(inbox, extract).filter(
        pl.col(day).map_elements(month_of, return_dtype=pl.String).is_between(pl.lit("2024-07"), pl.lit("2025-06"))
        & pl.col(result).is_in(list(SETTLED))
    )
    rows = night.json("gap", "--indicator", indicator)
    assert len(rows) == 9
    hits = settled[result].is_in(list(HITS)).sum()
    assert (sum(row["numerator"] for row in rows), sum(row["denominator"] for row in rows)) == (hits, len(settled))
    assert rows[0]["district_value"] == pytest.approx(hits / len(settled))
    told = night.sql(
        f"select area_code, sum({mart}_hits_count) / sum(conclusive_{mart}s_count) as share from mart_checks "
        "where level_code = 'street' and month >= date '2024-07-01' group by area_code"
    )
    assert {row["area_code"]: pytest.approx(row["value"]) for row in rows} == {
        row["area_code"]: float(row["share"]) for row in told
    }


def test_what_came_back_of_all_that_was_demanded_is_that_of_the_ledger_and_of_the_marts_age_bands(night: Night) -> None:
    ledger = read(night.data / "inbox", "recoveries")
    due, back = (ledger[name].cast(pl.Float64).sum() for name in ("due_amount_yuan", "recovered_amount_yuan"))
    rows = night.json("gap", "--indicator", "recovered_share")
    # Everything that the ledger says came back came back by the end of June 2025.
    assert sum(row["denominator"] or 0 for row in rows) == pytest.approx(due)
    assert rows[0]["district_value"] == pytest.approx(back / due)
    told = night.sql(
        "select area_code, sum(recovered_amount_yuan) / sum(due_amount_yuan) as share from mart_recoveries "
        "where level_code = 'street' and month = date '2025-06-01' group by area_code having sum(due_amount_yuan) > 0"
    )
    assert {row["area_code"]: pytest.approx(row["value"]) for row in rows if row["value"] is not None} == {
        row["area_code"]: float(row["share"]) for row in told
    }
