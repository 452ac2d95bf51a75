"""The district the sample describes, read back from the files its offices wrote."""

import re
from itertools import pairwise

import polars as pl
import pytest

from flows.declarations import extracts
from flows.sample.people import check_digits
from tests.sample.conftest import Sample
from tests.sample.reading import (
    date_of,
    extract_named,
    files_of,
    header_of,
    month_of,
    read,
    sheets_of,
    text_of,
)

PROGRAMMES = ("dibao", "dibian", "tekun")


def roster(sample: Sample, programme: str, part: str) -> pl.DataFrame:
    """Return the rosters by month, corrections in the place of what they correct."""
    frame = read(sample.inbox, f"{programme}_{part}").with_columns(
        month=pl.col("title").map_elements(month_of, return_dtype=pl.String)
    )
    corrected = frame.filter(pl.col("file").str.contains("更正"))["month"].unique()
    return frame.filter(~pl.col("month").is_in(corrected.to_list()) | pl.col("file").str.contains("更正")).unique(
        maintain_order=True
    )


def status(frame: pl.DataFrame) -> str:
    return next(name for name in frame.columns if name.endswith("status_code"))


def covered(frame: pl.DataFrame) -> pl.DataFrame:
    frame = frame.filter(pl.col(status(frame)).is_in(["在保", "渐退"]))
    return frame.filter(pl.col("is_enrolled") == "是") if "is_enrolled" in frame.columns else frame


def settlements(sample: Sample) -> pl.DataFrame:
    amounts = pl.selectors.ends_with("_amount_yuan")
    return read(sample.inbox, "settlements").with_columns((amounts * 100).round().cast(pl.Int64))


@pytest.mark.parametrize(
    ("programme", "households", "persons"), [("dibao", 1739, 2051), ("dibian", 62, 183), ("tekun", 22, 22)]
)
def test_the_rosters_of_june_2025_hold_the_households_and_persons_of_the_report(
    sample: Sample, programme: str, households: int, persons: int
) -> None:
    listed = covered(roster(sample, programme, "households")).filter(pl.col("month") == "2025-06")
    enrolled = covered(roster(sample, programme, "members")).filter(pl.col("month") == "2025-06")
    assert listed["household_no"].n_unique() == len(listed) == households
    assert enrolled.select("household_no", "person_name", "birth_date").n_unique() == len(enrolled) == persons
    assert listed["enrolled_count"].cast(pl.Float64).sum() == persons
    assert set(enrolled["household_no"]) == set(listed["household_no"])


def test_the_standards_rose_from_2020_to_2025_as_the_report_says(sample: Sample) -> None:
    rows = read(sample.inbox, "standards")
    steps = {
        (row["programme_code"], str(date_of(row["effective_date"]))): float(row["standard_amount_yuan"])
        for row in rows.to_dicts()
    }
    for programme, base, last in (("低保", 1041, 1301), ("特困", 1837, 2255)):
        mine = {day: yuan for (name, day), yuan in steps.items() if name == programme}
        assert mine[max(day for day in mine if day <= "2020-12-31")] == base
        assert mine[max(day for day in mine if day <= "2025-05-31")] == last
        assert any("2024-01-31" < day <= "2025-06-30" for day in mine)


def numbers_of_the_rosters(sample: Sample) -> pl.DataFrame:
    """Return month × ID number of the persons covered at the month's end."""
    corrected = {
        fault["written"]: fault["id_number"]
        for name in ("full_width_digits", "fifteen_digits")
        for fault in sample.faults(name)
    }
    frames = [covered(roster(sample, programme, "members")).select("month", "id_number") for programme in PROGRAMMES]
    return pl.concat(frames).with_columns(pl.col("id_number").replace(corrected)).unique()


def test_ninety_point_seven_five_percent_of_the_in_scope_expense_of_2024_is_paid(sample: Sample) -> None:
    rows = (
        settlements(sample)
        .filter(pl.col("service_date").str.starts_with("2024"))
        .with_columns(month=pl.col("service_date").str.slice(0, 7))
    )
    known = numbers_of_the_rosters(sample)
    rows = rows.join(known, on=["month", "id_number"], how="semi")
    paid = ("basic", "serious_illness", "medical_assistance", "other", "backstop")
    numerator = sum(rows[f"{name}_amount_yuan"].sum() for name in paid)
    assert round(numerator / rows["in_scope_amount_yuan"].sum(), 4) == 0.9075
    assert len(rows) > 5000
    # Judged on the month before instead, the same persons are in scope: nobody is treated while coming or going.
    earlier = known.with_columns(month=pl.col("month").str.to_date("%Y-%m").dt.offset_by("1mo").dt.strftime("%Y-%m"))
    assert len(rows.join(earlier, on=["month", "id_number"], how="anti").filter(pl.col("month") > "2024-01")) == 0


def test_three_persons_of_three_households_were_made_whole_above_the_cap_in_2024(sample: Sample) -> None:
    rows = settlements(sample).filter(
        pl.col("service_date").str.starts_with("2024") & (pl.col("backstop_amount_yuan") > 0)
    )
    assert rows["id_number"].n_unique() == 3
    assert rows["backstop_amount_yuan"].sum() == 2_689_425
    members = pl.concat([covered(roster(sample, programme, "members")) for programme in PROGRAMMES])
    theirs = members.filter(pl.col("id_number").is_in(rows["id_number"].to_list()))
    assert theirs["household_no"].n_unique() == 3


def test_the_waterfall_of_every_settlement_adds_up(sample: Sample) -> None:
    rows = settlements(sample)
    parts = ("basic", "serious_illness", "medical_assistance", "other", "self_paid")
    assert (
        rows["in_scope_amount_yuan"]
        == pl.Series(rows.select(pl.sum_horizontal(f"{part}_amount_yuan" for part in parts)).to_series())
    ).all()
    assert (rows["total_amount_yuan"] >= rows["in_scope_amount_yuan"]).all()
    assert (rows["backstop_amount_yuan"] <= rows["self_paid_amount_yuan"]).all()
    assert rows.select(pl.min_horizontal(f"{part}_amount_yuan" for part in parts).min()).item() >= 0
    assert rows["settlement_no"].is_unique().all()


def test_more_than_three_thousand_households_were_visited(sample: Sample) -> None:
    rows = read(sample.inbox, "visits")
    assert 3000 <= rows["household_no"].n_unique() < 4000
    assert rows.select("household_no", "visit_date").is_unique().all()


def test_a_thousand_verification_reports_were_made(sample: Sample) -> None:
    rows = read(sample.inbox, "verification_reports")
    assert rows["report_no"].n_unique() == len(rows) == 1000


def test_somewhat_more_than_600000_yuan_of_dibao_came_back(sample: Sample) -> None:
    rows = read(sample.inbox, "recoveries").filter(pl.col("programme_code") == "低保")
    assert 600_000 <= rows["recovered_amount_yuan"].cast(pl.Float64).sum() < 700_000
    assert rows["recovery_no"].is_unique().all()


def test_more_than_ninety_percent_of_the_funds_are_fiscal(sample: Sample) -> None:
    rows = read(sample.inbox, "funds").with_columns(pl.col("fund_amount_yuan").cast(pl.Float64))
    fiscal = rows.filter(pl.col("fund_source_code").str.ends_with("财政"))
    assert 0.9 <= fiscal["fund_amount_yuan"].sum() / rows["fund_amount_yuan"].sum() < 0.97


def test_the_population_is_the_districts(sample: Sample) -> None:
    rows = read(sample.inbox, "population").with_columns(
        pl.col("population_count").cast(pl.Int64),
        month=pl.col("report_month").map_elements(month_of, return_dtype=pl.String),
    )
    last = rows.filter(pl.col("month") == "2025-06").group_by("hukou_type_code").agg(pl.col("population_count").sum())
    count = dict(last.iter_rows())
    assert count["户籍在住"] + count["外来常住"] == pytest.approx(470_000, rel=0.002)
    assert count["户籍在住"] + count["户籍外出"] == pytest.approx(430_000, rel=0.002)
    assert sorted(rows["month"].unique()) == [
        "2023-12",
        "2024-03",
        "2024-06",
        "2024-09",
        "2024-12",
        "2025-03",
        "2025-06",
    ]


def test_parents_come_from_the_division_table_and_no_prefix_tells_them(sample: Sample) -> None:
    rows = read(sample.inbox, "divisions").with_columns(
        month=pl.col("title").map_elements(month_of, return_dtype=pl.String)
    )
    assert rows["month"].unique().sort().to_list() == ["2024-01", "2024-10", "2025-01"]
    for (_,), edition in rows.group_by("month"):
        assert set(edition["parent_area_code"]) - {""} <= set(edition["area_code"])
        assert edition["area_code"].is_unique().all()
    last = rows.filter(pl.col("month") == "2025-01")
    [district] = last.filter(pl.col("level_code") == "区县").to_dicts()
    assert district["area_code"] == "339900000000"
    assert not district["parent_area_code"].startswith("33")
    assert len(last.filter(pl.col("level_code") == "街道")) + len(last.filter(pl.col("level_code") == "乡级")) == 9
    villages = last.filter(pl.col("level_code") == "村级")
    assert len(villages) == 111
    assert 0.3 < villages["urban_rural_code"].str.starts_with("2").mean() < 0.7
    # A village name is not unique within a district.
    assert villages["area_name"].n_unique() < len(villages)


def test_one_village_is_split_and_one_renamed_within_the_history(sample: Sample) -> None:
    rows = read(sample.inbox, "division_changes")
    assert rows["change_code"].to_list() == ["拆分", "拆分", "更名"]
    split, renamed = rows[:2], rows[2]
    assert split["old_area_code"].n_unique() == 1
    assert split["new_area_code"].n_unique() == 2
    assert renamed["old_area_code"].item() == renamed["new_area_code"].item()
    editions = read(sample.inbox, "divisions").with_columns(
        month=pl.col("title").map_elements(month_of, return_dtype=pl.String)
    )
    names = {(row["month"], row["area_code"]): row["area_name"] for row in editions.to_dicts()}
    assert ("2024-01", split["old_area_code"][0]) in names
    assert ("2024-10", split["old_area_code"][0]) not in names
    assert names["2024-10", renamed["old_area_code"].item()] != names["2025-01", renamed["old_area_code"].item()]


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_whoever_comes_or_goes_has_a_row_that_says_so(sample: Sample, programme: str) -> None:
    members = roster(sample, programme, "members").with_columns(
        person=pl.concat_str("person_name", "birth_date"),
        start=pl.col("start_date").map_elements(lambda text: str(date_of(text)), return_dtype=pl.String),
        end=pl.col("end_date").map_elements(lambda text: str(date_of(text) or ""), return_dtype=pl.String),
    )
    months = sorted(members["month"].unique())
    assert len(months) == 17 if programme == "dibian" else len(months) == 18
    there = {month: covered(members.filter(pl.col("month") == month)) for month in months}
    ins = outs = 0
    for before, now in pairwise(months):
        if int(now[-2:]) - int(before[-2:]) not in (1, -11):
            continue  # the missing month: nobody knows who came in between
        came = there[now].join(there[before], on=["household_no", "person"], how="anti")
        paused = members.filter((pl.col("month") == before) & (pl.col("member_status_code") == "暂停"))
        came = came.join(paused, on=["household_no", "person"], how="anti")
        assert came["start"].str.starts_with(now).all(), now
        listed = members.filter(pl.col("month") == now)
        left = there[before].join(there[now], on=["household_no", "person"], how="anti")
        rows = left.select("household_no", "person").join(listed, on=["household_no", "person"])
        assert len(rows) == len(left), now
        ended = rows.filter(pl.col("member_status_code") != "暂停")
        assert ended["end"].str.starts_with(now).all(), now
        assert (ended["end_reason_code"] != "").all()
        ins, outs = ins + len(came), outs + len(left)
    if programme == "dibao":
        assert ins > 200
        assert outs > 200


def test_people_move_return_change_household_and_live_apart_from_their_hukou(sample: Sample) -> None:
    members = roster(sample, "dibao", "members")
    moved = members.group_by("household_no").agg(
        pl.struct("residence_street_name", "residence_village_name").n_unique()
    )
    assert len(moved.filter(pl.col("residence_street_name") > 1)) > 50
    apart = covered(members).filter(pl.col("month") == "2025-06")
    elsewhere = apart.filter(pl.col("residence_village_name") != pl.col("hukou_village_name"))
    assert 0.1 < len(elsewhere) / len(apart) < 0.3
    assert {"区外", ""} <= set(elsewhere["residence_village_name"])
    changed = covered(members).group_by("id_number").agg(pl.col("household_no").n_unique())
    assert len(changed.filter((pl.col("household_no") == 2) & (pl.col("id_number") != ""))) >= 8
    starts = covered(members).group_by("household_no", "person_name").agg(pl.col("start_date").n_unique())
    assert len(starts.filter(pl.col("start_date") > 1)) >= 15
    assert len(members.filter((pl.col("month") == "2025-06") & (pl.col("is_enrolled") == "否"))) > 500


def test_a_single_person_is_enrolled_alone_out_of_a_dibian_household(sample: Sample) -> None:
    households = roster(sample, "dibao", "households").filter(
        (pl.col("month") == "2025-06") & (pl.col("is_single_person") == "是")
    )
    assert len(households) == 14
    assert set(households["household_no"]) <= set(roster(sample, "dibian", "households")["household_no"])
    one = roster(sample, "dibao", "members").filter(
        (pl.col("month") == "2025-06") & pl.col("household_no").is_in(households["household_no"].to_list())
    )
    assert covered(one)["household_no"].is_unique().all()
    assert len(covered(one)) == 14 < len(one)


def test_the_top_up_is_the_standard_times_the_enrolled_less_the_income_and_is_what_is_paid(sample: Sample) -> None:
    rows = covered(roster(sample, "dibao", "households")).filter(
        (pl.col("month") == "2025-06") & (pl.col("household_status_code") == "在保")
    )
    amounts = ["entitlement_amount_yuan", "enrolled_count", "household_income_yuan"]
    rows = rows.with_columns(pl.col(amounts).cast(pl.Float64))
    expected = 1301 * rows["enrolled_count"] - rows["household_income_yuan"]
    assert (rows["entitlement_amount_yuan"] - expected).abs().max() < 0.005
    paid = read(sample.inbox, "payments").filter(
        (pl.col("benefit_month") == "2025年6月")
        & (pl.col("programme_code") == "低保")
        & (pl.col("component_code") == "基本生活费")
    )
    assert {"成功", "失败", "退汇"} >= set(paid["bank_result_code"])
    both = rows.join(paid, on="household_no", how="left")
    assert (both["paid_amount_yuan"].cast(pl.Float64) == both["entitlement_amount_yuan"]).all()


def test_a_failed_payment_is_repeated_in_the_month_after(sample: Sample) -> None:
    rows = read(sample.inbox, "payments")
    assert rows["payment_no"].is_unique().all()
    which = ["household_no", "programme_code", "component_code", "benefit_month"]
    failed = rows.filter((pl.col("bank_result_code") != "成功") & (pl.col("report_month") != "2025年6月"))
    again = failed.join(rows.filter(pl.col("bank_result_code") == "成功"), on=which, suffix="_again")
    assert len(again) == len(failed) > 50
    assert (again["benefit_month"] == again["report_month"]).all()
    assert (again["payment_date_again"] > again["payment_date"]).all()


def test_every_id_number_has_a_valid_check_digit_unless_it_was_planted(sample: Sample) -> None:
    numbers = pl.concat(
        read(sample.inbox, extract.name)["id_number"] for _, extract, _ in extracts() if "id_number" in extract.columns
    ).unique()
    numbers = numbers.filter(~numbers.str.ends_with("***"))  # the villages' reports, damaged on purpose
    whole = numbers.filter(numbers.str.contains(r"^339900[0-9]{11}[0-9X]$"))
    wrong = whole.filter(check_digits(whole.str.slice(0, 17)) != whole.str.slice(17))
    assert set(wrong) == {fault["written"] for fault in sample.faults("wrong_check_digit")}
    odd = {fault["written"] for name in ("full_width_digits", "fifteen_digits") for fault in sample.faults(name)}
    assert set(numbers) - set(whole) == odd | {""}
    # The algorithm itself, on the number the standard prints.
    assert check_digits(pl.Series(["11010519491231002"])).item() == "X"


def test_every_office_writes_in_its_own_habit(sample: Sample) -> None:
    payments, verified = files_of(sample.inbox, "payments")[0], files_of(sample.inbox, "verification_reports")[0]
    assert text_of(payments)[1] == "gb18030"
    assert b"\r\n" in payments.read_bytes()
    assert text_of(verified)[1] == "utf-8-sig"
    assert b"\r" not in verified.read_bytes()
    assert {len(sheets_of(path)) for path in files_of(sample.inbox, "visits")} == {9}
    for name in ("dibao_households", "temporary_assistance", "residence_registrations"):
        extract = extract_named(name)
        seen = {
            tuple(path_rows[header_of(path_rows, extract)[0] - 1])
            for path in files_of(sample.inbox, name)
            for path_rows in [next(iter(sheets_of(path).values()))]
        }
        assert len(seen) == 2, name
    dates = {
        name: read(sample.inbox, name)[column][0]
        for name, column in [
            ("dibao_members", "birth_date"),
            ("dibian_members", "birth_date"),
            ("tekun_members", "birth_date"),
            ("temporary_assistance", "decision_date"),
        ]
    }
    shapes = [r"\d{4}-\d\d-\d\d", r"\d{4,5}", r"\d{8}", r"\d{4}年\d{1,2}月\d{1,2}日"]
    for shape, text in zip(shapes, dates.values(), strict=True):
        assert re.fullmatch(shape, text), text
    assert sheets_of(files_of(sample.inbox, "dibao_households")[0])["家庭"][-1][0].startswith("制表人")


def test_every_declared_extract_is_delivered_and_every_file_is_declared(sample: Sample) -> None:
    delivered = set()
    for department, extract, _ in extracts():
        if extract.reader == "database":
            delivered.add(sample.inbox / department.department / "settlements.sqlite")
            continue
        counts = dict(read(sample.inbox, extract.name).group_by("file").len().iter_rows())
        assert counts, extract.name
        for name, count in counts.items():
            assert extract.rows[0] <= count <= extract.rows[1], name
        delivered |= set(files_of(sample.inbox, extract.name))
    assert {path for path in sample.inbox.rglob("*") if path.is_file()} == delivered
