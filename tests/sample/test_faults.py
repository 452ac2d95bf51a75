"""Every fault of the answer key stands in the files, and nowhere that a figure of the report rests on."""

import re

import polars as pl
import pytest

from tests.sample.conftest import Sample
from tests.sample.reading import date_of, files_of, month_of, read, sheets_of, text_of

FAULTS = {
    "wrong_check_digit": 5,
    "missing_id_number": 2,
    "id_number_twice": 1,
    "full_width_digits": 2,
    "fifteen_digits": 3,
    "village_alias": 1,
    "village_near_miss": 1,
    "village_unresolved": 1,
    "village_decided": 1,
    "text_amounts": 1,
    "ten_thousands": 1,
    "row_twice": 1,
    "missing_month": 1,
    "corrected_month": 1,
    "paid_after_death": 6,
    "paid_in_custody": 1,
    "two_households": 1,
    "exclusive_programmes": 1,
    "above_cap_without_backstop": 1,
    "shared_account": 2,
    "training_unmatched": 1,
    "work_refusals": 3,
    "work_refusals_spread": 2,
    "work_refusals_justified": 1,
    "work_refusals_not_enrolled": 1,
    "shelter_surplus": 1,
    "shelter_missing": 1,
    "disability_without_benefit": 6,
}


def test_the_answer_key_lists_the_faults_of_the_issue(sample: Sample) -> None:
    counts = {name: len(sample.faults(name)) for name in FAULTS}
    assert counts == FAULTS
    assert len(sample.faults("above_yearly_sum")) >= 1  # the planted one, and whoever was granted so much by chance
    # Those of the further subjects (flows/sample/subjects) stand in the tests of their own.
    listed = [fault["fault"] for fault in sample.answers["districts"][0]["faults"]]
    assert sum(name in FAULTS for name in listed) == sum(FAULTS.values())


@pytest.mark.parametrize(
    "name", ["wrong_check_digit", "missing_id_number", "id_number_twice", "full_width_digits", "fifteen_digits"]
)
def test_odd_id_numbers_stand_on_the_rosters_in_their_months(sample: Sample, name: str) -> None:
    members = read(sample.inbox, "dibao_members")
    for fault in sample.faults(name):
        theirs = members.filter(
            (pl.col("household_no") == fault["household_no"]) & (pl.col("person_name") == fault["person_name"])
        ).with_columns(month=pl.col("title").map_elements(month_of, return_dtype=pl.String))
        assert theirs["month"].n_unique() == 18
        odd = theirs.filter(pl.col("id_number") == fault["written"])
        until = "2024-06" if name == "fifteen_digits" else "2025-06"
        assert set(odd["month"]) == {month for month in theirs["month"] if month <= until}
        assert set(theirs["id_number"]) <= {fault["written"], fault["id_number"]}


def test_one_id_number_stands_under_two_names(sample: Sample) -> None:
    [fault] = sample.faults("id_number_twice")
    members = read(sample.inbox, "dibao_members").filter(pl.col("title").str.contains("2025年6月"))
    theirs = members.filter(pl.col("id_number") == fault["written"])
    assert theirs["person_name"].n_unique() == theirs["household_no"].n_unique() == 2


@pytest.mark.parametrize("name", ["village_alias", "village_near_miss", "village_unresolved", "village_decided"])
def test_a_village_is_written_otherwise_than_the_division_table_has_it(sample: Sample, name: str) -> None:
    [fault] = sample.faults(name)
    [line] = [
        rows[fault["row_number"] - 1]
        for path in files_of(sample.inbox, "temporary_assistance")
        if path.name in fault["file"]
        for rows in [sheets_of(path)[fault["sheet"]]]
    ]
    assert line[4:6] == [fault["street_name"], fault["written"]]
    divisions = read(sample.inbox, "divisions")
    villages = divisions.filter(pl.col("area_code") == fault["area_code"])
    assert len(villages) == 3
    assert fault["written"] not in set(divisions["area_name"])
    known_as = {alias for names in villages["alias_names"] for alias in names.split("、")}
    assert (fault["written"] in known_as) == (name == "village_alias")
    decided = read(sample.inbox, "area_decisions")["written_village_name"]
    assert (fault["written"] in set(decided)) == (name == "village_decided")


def test_amounts_are_written_as_text_and_in_ten_thousands(sample: Sample) -> None:
    households = read(sample.inbox, "dibao_households").filter(pl.col("title").str.contains("2025年2月"))
    assert all(re.fullmatch(r"(\d,)?\d{1,3}\.\d\d元", text) for text in households["entitlement_amount_yuan"])
    assert households["entitlement_amount_yuan"].str.contains(",").any()
    grants = read(sample.inbox, "temporary_assistance").with_columns(pl.col("grant_amount_yuan").cast(pl.Float64))
    small = grants.filter(pl.col("title").str.contains("2024年11月"))
    assert (
        small["grant_amount_yuan"].max()
        < 1
        < 500
        < grants.filter(~pl.col("file").is_in(small["file"]))["grant_amount_yuan"].min()
    )


def test_one_row_stands_twice(sample: Sample) -> None:
    [fault] = sample.faults("row_twice")
    [path] = [path for path in files_of(sample.inbox, "dibao_members") if path.name in fault["file"]]
    rows = sheets_of(path)[fault["sheet"]]
    assert rows[fault["row_number"] - 1] == rows[fault["row_number"] - 2]
    members = read(sample.inbox, "dibao_members")
    assert len(members) - members.n_unique() == 1


def test_a_month_of_one_feed_is_missing(sample: Sample) -> None:
    [fault] = sample.faults("missing_month")
    months = {month_of(title) for title in read(sample.inbox, "dibian_members")["title"]}
    assert fault["months"] not in months
    assert len(months) == 17


def test_a_landed_month_is_corrected_in_a_few_rows(sample: Sample) -> None:
    [fault] = sample.faults("corrected_month")
    first, second = [path for path in files_of(sample.inbox, "dibao_members") if "202503" in path.stem]
    assert second.name in fault["file"]
    members = read(sample.inbox, "dibao_members")
    versions = [members.filter(pl.col("file") == path.name).drop("file") for path in (first, second)]
    counts = [
        len(rows.filter((pl.col("is_enrolled") == "是") & pl.col("member_status_code").is_in(["在保", "渐退"])))
        for rows in versions
    ]
    assert counts == [fault["first"]["persons"], fault["corrected"]["persons"]]
    only_first = versions[0].join(versions[1], on=versions[0].columns, how="anti", nulls_equal=True)
    only_second = versions[1].join(versions[0], on=versions[0].columns, how="anti", nulls_equal=True)
    assert 0 < len(only_first) < 15
    assert 0 < len(only_second) < 15


@pytest.mark.parametrize(
    ("name", "feed", "day"),
    [("paid_after_death", "deaths", "death_date"), ("paid_in_custody", "custody", "custody_start_date")],
)
def test_somebody_is_paid_for_months_that_began_after_the_event(sample: Sample, name: str, feed: str, day: str) -> None:
    payments, events = read(sample.inbox, "payments"), read(sample.inbox, feed)
    for fault in sample.faults(name):
        if fault["extract"] != "payments":
            continue  # known to other offices only
        event = events.filter(pl.col("id_number") == fault["id_number"])
        assert str(date_of(event[day][0][:10])) == fault["event_date"]
        paid = payments.filter(
            (pl.col("household_no") == fault["household_no"]) & (pl.col("bank_result_code") == "成功")
        ).with_columns(month=pl.col("benefit_month").map_elements(month_of, return_dtype=pl.String))
        after = paid.filter(pl.col("month") > fault["event_date"][:7])
        assert sorted(after["month"].unique()) == fault["months"]
        assert len(fault["months"]) > 2
        assert after["paid_amount_yuan"].cast(pl.Float64).sum() == pytest.approx(fault["paid_yuan"])


def test_nobody_else_is_paid_after_death_or_in_custody(sample: Sample) -> None:
    payments = read(sample.inbox, "payments").with_columns(
        month=pl.col("benefit_month").map_elements(month_of, return_dtype=pl.String)
    )
    for feed, day, names in (
        ("deaths", "death_date", "paid_after_death"),
        ("custody", "custody_start_date", "paid_in_custody"),
    ):
        events = read(sample.inbox, feed).select("id_number", event=pl.col(day).str.slice(0, 7)).unique()
        found = payments.join(events, on="id_number").filter(pl.col("month") > pl.col("event"))
        planted = [fault for fault in sample.faults(names) if fault["extract"] == "payments"]
        if feed == "custody":  # without a sentence, let go before, and under another name
            for name in ("custody_remand", "custody_released", "paid_in_custody_misnamed"):
                planted += sample.faults(name)
        assert set(found["id_number"]) == {fault["id_number"] for fault in planted}


def test_faults_that_lose_rows_stand_where_no_figure_rests(sample: Sample) -> None:
    # The figures rest on the rosters of June 2025 and of 2024 (who is in scope), not on grants.
    lose_rows = [
        fault
        for fault in sample.answers["districts"][0]["faults"]
        if fault["outcome"] in ("rejected", "no_data", "near match")
    ]
    assert lose_rows
    for fault in lose_rows:
        assert fault["extract"] == "temporary_assistance" or (
            fault["months"] not in ("2025-06",) and not fault["months"].startswith("2024")
        )
    assert "城门洞" not in "".join(text_of(path)[0] for path in files_of(sample.inbox, "deaths"))
