"""Applications step by step, from the files to the marts: how long, against which limit, where they end."""

import hashlib
import hmac
from datetime import date, timedelta

import polars as pl
import pytest

from tests.conftest import Night
from tests.sample.reading import read
from tests.test_faults_found import faults

pytestmark = pytest.mark.xdist_group("night")

DISTRICT = "339900000000"


def key(night: Night, kind: str, text: str) -> str:
    """Return the pseudonym of a number of a kind, computed here from the key file."""
    secret = bytes.fromhex((night.keys / "pseudonym.key").read_text("ascii").strip())
    digest = hmac.digest(secret, f"{kind}:{text}".encode(), hashlib.sha256)[:16].hex()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"


def test_an_investigation_across_the_national_day_holiday_is_counted_in_working_days_and_make_up_weekends(
    night: Night,
) -> None:
    late = next(each for each in faults(night, "investigation_over_limit") if each["is_planted"])
    in_time = next(iter(faults(night, "investigation_at_limit")))
    for fault, days, is_over in ((late, 20, True), (in_time, 15, False)):
        [row] = night.sql(
            "select cast(begun_date as varchar) as begun, cast(event_date as varchar) as ended, elapsed_day_count, "
            "limit_day_count, limit_unit, is_over_limit from fct_case_events where step_code = 'investigate' "
            f"and application_key = '{key(night, 'reference', fault['application_no'])}'"
        )
        assert row == {
            "begun": fault["accepted"],
            "ended": fault["investigated"],
            "elapsed_day_count": days,
            "limit_day_count": 15,
            "limit_unit": "工作日",
            "is_over_limit": is_over,
        }
    # What is tempting and wrong: 15 working days are 18 weekdays and 24 days of the calendar here.
    begun, ended = date.fromisoformat(in_time["accepted"]), date.fromisoformat(in_time["investigated"])
    weekdays = [begun + timedelta(days=day) for day in range(1, (ended - begun).days + 1)]
    assert sum(day.weekday() < 5 for day in weekdays) == 18


def test_every_investigation_over_its_limit_is_found_and_no_other(night: Night) -> None:
    rows = night.sql(
        "select cast(application_key as varchar) as application, elapsed_day_count as days from fct_case_events "
        "where step_code = 'investigate' and is_over_limit"
    )
    listed = {
        key(night, "reference", each["application_no"]): each["working_days"]
        for each in faults(night, "investigation_over_limit")
    }
    assert {row["application"]: row["days"] for row in rows} == listed


def test_the_mart_tells_what_the_files_say_of_a_month_and_step(night: Night) -> None:
    inbox = night.data / "inbox"
    events = read(inbox, "case_events").filter(
        pl.col("title").str.contains("2024年10月") & (pl.col("step_code") == "调查核实结论")
    )
    [row] = night.sql(
        "select * from mart_casework where step_code = 'investigate' and month = '2024-10-01' "
        f"and area_code = '{DISTRICT}'"
    )
    listed = [each for each in faults(night, "investigation_over_limit") if each["months"] == "2024-10"]
    assert row["completed_count"] == row["timed_count"] == len(events)
    assert row["over_limit_count"] == len(listed)
    assert row["over_limit_share"] == pytest.approx(len(listed) / len(events))
    assert row["dropped_count"] == len(events.filter(pl.col("step_result_code") == "不予通过"))
    spelled = {"online": "网上", "proxy": "社区代办", "window": "窗口"}
    for channel, word in spelled.items():
        count = events["event_channel_code"].str.starts_with(word).sum()
        assert row[f"{channel}_count"] == count
        assert row[f"{channel}_share"] == pytest.approx(count / len(events))
    assert (row["limit_day_count"], row["status"]) == (15, "ok")


def test_streets_add_up_to_the_district_in_every_month_and_step_and_villages_but_for_a_split_one(night: Night) -> None:
    rows = night.sql(
        "select month, step_code, sum(completed_count) filter (level_code = 'village') as villages, "
        "sum(completed_count) filter (level_code = 'street') as streets, "
        "sum(completed_count) filter (level_code = 'district') as district from mart_casework group by all"
    )
    assert len(rows) == 18 * 16
    assert all(row["streets"] == row["district"] for row in rows)
    # Of an application filed in a village that was split meanwhile, nobody can say to which half it belongs.
    apart = [row["district"] - row["villages"] for row in rows]
    assert min(apart) == 0
    assert 0 <= sum(apart) < 0.01 * sum(row["district"] for row in rows)
    assert sum(row["district"] for row in rows) == len(read(night.data / "inbox", "case_events"))


def test_every_application_of_the_files_is_a_fact_and_stands_where_its_steps_have_brought_it(night: Night) -> None:
    inbox = night.data / "inbox"
    ended = read(inbox, "case_events").group_by("application_no").agg(results=pl.col("step_result_code"))
    approved = read(inbox, "case_events").filter(pl.col("step_code") == "审批决定")["application_no"]
    rows = night.sql("select application_status_code as status, count(*) as count from fct_applications group by all")
    counts = {row["status"]: row["count"] for row in rows}
    assert sum(counts.values()) == len(read(inbox, "applications")) == len(ended)
    assert counts["rejected"] == ended["results"].list.contains("不予通过").sum()
    assert counts["withdrawn"] == ended["results"].list.contains("申请人撤回").sum()
    assert counts["approved"] == approved.n_unique()
    assert set(counts) <= {"approved", "rejected", "withdrawn", "pending"}


def test_an_application_that_nobody_touches_any_more_is_a_drop_off_at_the_step_where_it_lies(night: Night) -> None:
    planted = faults(night, "application_stalled")
    rows = night.sql(
        "select cast(application_key as varchar) as application, last_step_code as step, "
        "application_status_code as status from fct_applications where is_stalled"
    )
    expected = {key(night, "reference", each["application_no"]): each["step_code"] for each in planted}
    assert {row["application"]: row["step"] for row in rows} == expected
    # Whoever was visited lately waits, too, and is no drop-off.
    assert {row["status"] for row in rows} == {"pending"}
    [lately] = faults(night, "application_waiting")
    [waiting] = night.sql(
        "select application_status_code as status, is_stalled from fct_applications "
        f"where application_key = '{key(night, 'reference', lately['application_no'])}'"
    )
    assert waiting == {"status": "pending", "is_stalled": False}
    for fault in planted:
        [row] = night.sql(
            "select dropped_count, stalled_count, drop_off_share, completed_count from mart_casework "
            f"where area_code = '{DISTRICT}' and step_code = '{fault['step_code']}' and month = '{fault['months']}-01'"
        )
        here = [each for each in planted if each["months"] == fault["months"]]
        assert row["stalled_count"] == row["dropped_count"] == len(here)
        assert row["drop_off_share"] == pytest.approx(len(here) / row["completed_count"])


def test_make_up_weekends_are_worked_and_holidays_are_not(night: Night) -> None:
    rows = night.sql(
        "select cast(calendar_date as varchar) as day, is_working_day from dim_days "
        "where calendar_date between '2024-09-27' and '2024-10-13' order by 1"
    )
    worked = {row["day"] for row in rows if row["is_working_day"]}
    assert worked == {
        *("2024-09-27", "2024-09-29", "2024-09-30"),
        *(f"2024-10-{day:02d}" for day in (8, 9, 10, 11, 12)),
    }
    [span] = night.sql("select min(calendar_date) as first, max(calendar_date) as last, count(*) as days from dim_days")
    assert (span["first"][:10], span["last"][:10], span["days"]) == ("2020-01-01", "2026-12-31", 2557)


def test_the_gap_table_tells_the_share_of_casework_in_time(night: Night) -> None:
    rows = night.json("gap", "--indicator", "casework_on_time_share", "--level", "street")
    assert len(rows) >= 8
    told = night.sql(
        "select sum(case when is_over_limit then 0 else 1 end) as in_time, count(*) as timed "
        "from fct_case_events inner join fct_applications using (application_key) where is_over_limit is not null "
        "and fct_case_events.month between '2024-07-01' and '2025-06-01' "
        "and fct_case_events.programme_code = 'dibao' and hukou_area_code not in ('outside', 'unknown')"
    )[0]
    [district] = night.sql(
        "select numerator, denominator, value from fct_indicators where indicator_code = 'casework_on_time_share' "
        f"and area_code = '{DISTRICT}' and month = '2025-06-01' and programme_code = 'dibao' and basis_code = 'hukou'"
    )
    assert (district["numerator"], district["denominator"]) == (told["in_time"], told["timed"])
    assert 0.85 < district["value"] < 1
