"""A night's landing: every row accounted for, versions, privacy, and one bad file among good ones."""

import json
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows import ledger
from flows.areas import Areas
from flows.build import load
from flows.declarations import departments, tables
from flows.delivery import Context, Delivery, refine
from flows.errors import SettingsError
from flows.excel import Workbooks
from flows.keys import load_keys
from flows.land import land, withdraw
from flows.ledger import Event
from flows.read import read
from flows.receive import Pending, pending
from flows.settings import settings
from flows.vault import PEOPLE, open_vault
from tests.small import (
    DEATH_HEADERS,
    GRANT_HEADERS,
    PLACES,
    divisions,
    grant,
    grants,
    landed,
    number,
    open_door,
    rejected,
    text_file,
    workbook,
)


@pytest.fixture(autouse=True)
def _door(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_door(monkeypatch)


def take() -> dict[str, Event]:
    """Land what is pending and return the events by file name."""
    return {event["file_name"]: event for event in land(pending())}


def test_a_delivery_is_landed_typed_with_its_month_and_its_place_in_the_file() -> None:
    divisions()
    grants([grant(1, 救助金额="1,301.00元"), grant(2, 审批日期=45838)])
    events = take()
    assert {event["event"] for event in events.values()} == {"landed"}
    rows = landed("temporary_assistance")
    declared = tables()["temporary_assistance"].landed_types()
    assert rows.columns == list(declared)
    assert rows.schema["person_key"] == pl.Binary
    assert rows.schema["grant_amount_yuan"] == pl.Decimal(18, 2)
    assert rows["grant_amount_yuan"].to_list() == [Decimal("1301.00"), Decimal("1002.00")]
    assert rows["decision_date"].to_list() == [date(2025, 6, 11), date(2025, 6, 30)]
    assert rows["residence_area_code"].to_list() == ["339900001001"] * 2
    assert rows["report_month"].to_list() == [date(2025, 6, 1)] * 2
    assert rows["source_row_number"].to_list() == [3, 4]
    assert rows["person_key"].bin.size().to_list() == [16, 16]


def test_rows_read_are_good_rejected_and_skipped_and_each_reason_is_listed_without_a_value() -> None:
    divisions()
    rows = [
        grant(1),
        grant(1),
        grant(2, **{"居住村(社区)": "城门洞那片"}),
        grant(3, 审批日期="前天"),
        grant(4, 救助金额="一千"),
        grant(5, 救助原因="不详"),
        grant(6, 身份证号="33990019500101001Z"),
        grant(7, 姓名=None, 身份证号=None),
        grant(8, 户籍街道="别处街道"),
    ]
    event = take_one(rows)
    assert event["rows_read"] == 2 + len(rows)
    assert event["rows_skipped"] == {"title": 2, "blank": 0, "footer": 0, "duplicate": 1}
    assert event["rows_rejected"] == 5
    assert event["rows_good"] == 3
    assert event["rejects_by_reason"] == {"area_unknown": 1, "bad_code": 1, "bad_date": 1, "bad_yuan": 1, "nobody": 1}
    lines = rejected()
    assert lines.columns == ["file_name", "sheet", "row_number", "column", "reason_code", "reason", "advice", "taken"]
    said = "".join(str(cell) for row in lines.rows() for cell in row)
    for value in ("城门洞", "前天", "一千", "不详", "001Z", "别处"):
        assert value not in said
    taken = dict(
        lines.filter(pl.col("reason_code").is_in(["id_length", "bad_date"])).select("reason_code", "taken").rows()
    )
    assert taken == {"id_length": "已收,待更正", "bad_date": "未收"}
    [advice] = lines.filter((pl.col("reason_code") == "area_unknown") & (pl.col("taken") == "未收"))["advice"]
    assert "甲街道望湖社区(339900001001)" in advice


def take_one(rows: list[list], **more: object) -> Event:
    path = grants(rows, **more)  # type: ignore[arg-type]
    return take()[path.name]


@hypothesis_settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [
                    "",
                    " ",
                    "张三",
                    "合计",
                    number(),
                    "甲街道",
                    "望湖社区",
                    "2025-06-01",
                    "疾病",
                    "重大疾病",
                    "1,000",
                    "□",
                    "x",
                ]
            ),
            min_size=9,
            max_size=9,
        ),
        max_size=12,
    )
)
def test_whatever_stands_in_a_file_read_equals_good_plus_rejected_plus_skipped(rows: list[list[str]]) -> None:
    shutil.rmtree(settings().inbox, ignore_errors=True)
    declared = next(each for each in departments()["civil_affairs"].extracts if each.name == "temporary_assistance")
    table = tables()["temporary_assistance"]
    content = [["2025年6月"], GRANT_HEADERS, *([f'"{cell}"' for cell in row] for row in rows)]
    path = text_file("台账.csv", content)
    with Workbooks() as workbooks:
        reading = read(path, path.name, declared.model_copy(update={"reader": "csv"}), table, workbooks)
    one = Delivery(Pending("civil_affairs", declared.name, table.name, path.name, "0" * 64), 1, reading)
    people = pl.DataFrame(schema=PEOPLE)
    now = datetime(2025, 7, 1, tzinfo=UTC)
    refined = refine(table, [one], Context(Areas.unchecked(), b"k" * 32, now, people, lambda *_: {}))
    assert reading.rows_read == 2 + len(rows)
    assert one.rows_good == refined.height
    assert one.rows_good + one.rows_rejected + sum(one.rows_skipped.values()) == reading.rows_read


def test_a_recipient_whose_number_is_wrong_is_counted_under_a_key_that_stays_the_same_every_month() -> None:
    divisions()
    for month in ("2025年5月", "2025年6月"):
        grants([grant(1, 身份证号="339900195001010010"), grant(2), grant(3, 身份证号=339900195001010033)], month)
    take()
    rows = landed("temporary_assistance")
    assert rows["id_status_code"].to_list() == ["invalid", "valid", "invalid"] * 2
    keys = rows["person_key"].to_list()
    assert keys[:3] == keys[3:]
    assert len(set(keys)) == 3


def test_the_second_name_under_one_number_gets_a_surrogate_and_keeps_it() -> None:
    divisions()
    same = number(serial=1)
    for month, names in (("2025年4月", "甲乙"), ("2025年5月", "乙甲"), ("2025年6月", "乙")):
        grants([grant(place, 姓名=name, 身份证号=same) for place, name in enumerate(names, start=1)], month)
        take()
    rows = landed("temporary_assistance")
    assert rows["id_status_code"].to_list() == ["valid", "shared", "shared", "valid", "shared"]
    first, second, second_again, first_again, alone = rows["person_key"].to_list()
    assert first == first_again != second == second_again == alone


def test_the_same_person_has_the_same_key_in_every_table_however_the_number_is_written() -> None:
    divisions()
    new = "11010519491231002X"
    written = ("110105491231002", "11010519491231002x")
    grants([grant(place, 姓名="张三", 身份证号=each) for place, each in enumerate(written)])
    text_file(
        "死亡注销202506.csv",
        [DEATH_HEADERS, ["2025年6月", new, " 张 三", "甲街道", "望湖社区", "2025-06-01", "2025-06-03"]],
        "public_security",
    )
    take()
    keys = {*landed("temporary_assistance")["person_key"], *landed("deaths")["person_key"]}
    assert len(keys) == 1


def test_a_correction_is_a_new_version_and_the_month_counts_its_latest() -> None:
    divisions()
    grants([grant(1)], name="临时救助台账2025年6月.xlsx")
    take()
    grants([grant(1), grant(2)], name="临时救助台账2025年6月_更正.xlsx")
    take()
    assert landed("temporary_assistance").height == 2
    assert len(ledger.landed_files("temporary_assistance")) == 2, "both versions stay"


def test_a_withdrawn_delivery_uncovers_the_version_before_and_does_not_come_back() -> None:
    divisions()
    grants([grant(1)], name="临时救助台账a.xlsx")
    take()
    wrong = take_one([grant(1), grant(2)], name="临时救助台账b.xlsx")
    withdraw(wrong["delivery_id"], "发错了")
    assert landed("temporary_assistance").height == 1
    assert pending() == []
    with pytest.raises(SettingsError, match="已经撤回过"):
        withdraw(wrong["delivery_id"], "再来一次")
    with pytest.raises(SettingsError, match="没有这批"):
        withdraw("finance.funds.000000000000", "没有的")


def test_a_reviewers_decision_has_the_affected_file_read_again_from_the_archive() -> None:
    divisions()
    path = grants([grant(1), grant(2, **{"居住村(社区)": "老粮站宿舍"})])
    first = take()[path.name]
    assert (first["rows_good"], first["rows_rejected"]) == (1, 1)
    path.unlink()
    headers = ["所写街道", "所写村社区", "核定代码", "核定日期"]
    text_file("村社区名称核定.csv", [headers, ["甲街道", "老粮站宿舍", "339900001002", "2025-07-01"]], "office")
    again = take()[path.name]
    assert (again["rows_good"], again["rows_rejected"], again["delivery_id"]) == (2, 0, first["delivery_id"] + "-2")
    assert landed("temporary_assistance")["residence_area_code"].to_list() == ["339900001001", "339900001002"]
    assert pending() == []
    text_file("村社区名称核定2.csv", [headers, ["甲街道", "别的", "339900001002", "2025-07-02"]], "office")
    assert path.name not in take(), "nothing is read again that would resolve no more"


def test_deliveries_wait_for_the_division_table_and_are_taken_the_night_it_comes() -> None:
    grants([grant(1)])
    [event] = land(pending())
    assert event["event"] == "refused"
    assert "区划代码表" in event["reason"]
    assert ledger.ledger() == []
    divisions()
    assert {event["event"] for event in take().values()} == {"landed"}


def test_one_bad_file_does_not_stop_the_others() -> None:
    divisions()
    grants([grant(1)])
    bad = grants([grant(2)], "2025年5月", "临时救助台账坏.xlsx")
    bad.write_bytes(b"\xd0\xcf\x11\xe0" + b"\x00" * 999)
    workbook("临时救助台账缺列.xlsx", {"Sheet1": [["2025年4月"], GRANT_HEADERS[:-1], grant(3)[:-1]]})
    events = take()
    assert {name: event["event"] for name, event in events.items()} == {
        "区划代码2024年1月.xlsx": "landed",
        "临时救助台账2025年6月.xlsx": "landed",
        "临时救助台账坏.xlsx": "refused",
        "临时救助台账缺列.xlsx": "refused",
    }
    assert "救助金额" in events["临时救助台账缺列.xlsx"]["reason"]


def test_what_the_door_holds_back_is_neither_landed_nor_remembered_in_the_vault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_door(monkeypatch, failing=["temporary_assistance"])
    divisions()
    event = take_one([grant(1)])
    assert event["event"] == "held"
    assert "行数在范围内" in event["reason"]
    assert ledger.landed_files("temporary_assistance") == []
    with open_vault(load_keys().vault) as vault:
        assert vault.people().is_empty()


def test_amounts_in_another_unit_are_a_warning_with_both_readings_and_stay_as_they_are() -> None:
    divisions()
    amounts = [0.13, 0.15, 0.12, 0.2, 0.18, 0.11]
    event = take_one([grant(place, 救助金额=amount) for place, amount in enumerate(amounts)])
    [warning] = event["warnings"]
    assert "0.14 元" in warning
    assert "1,400.00 元" in warning
    assert landed("temporary_assistance")["grant_amount_yuan"].sum() == Decimal("0.89")
    mixed = [1300, 1500, 0.13, 1200, 1100, 1400]
    event = take_one([grant(place, 救助金额=amount) for place, amount in enumerate(mixed)], month="2025年5月")
    [warning] = event["warnings"]
    assert "第 5 行 0.13 元" in warning
    assert "1,300.00 元" in warning


def test_a_delivery_in_yuan_where_ten_thousands_are_declared_is_told_from_the_months_before() -> None:
    divisions()
    headers = ["街道", "救助项目", "资金来源", "拨付金额"]
    for month in range(1, 8):
        amount = 12.5 if month < 7 else 125000
        rows = [[street, "低保", "区级财政", amount] for street in ("甲街道", "乙镇")]
        workbook(f"救助资金拨付{month}.xlsx", {"Sheet1": [[f"2025年{month}月 单位:万元"], headers, *rows]}, "finance")
        events = take()
    [warning] = events["救助资金拨付7.xlsx"]["warnings"]
    assert "1,250,000,000.00 元" in warning
    assert "125,000.00 元" in warning


def test_a_street_without_a_village_is_no_village() -> None:
    divisions()
    short = {"居住村(社区)": "—"}
    event = take_one([grant(1, **short), grant(2, **{"户籍村(社区)": ""}), grant(3, 居住街道="区外", **short)])
    assert (event["rows_good"], event["rejects_by_reason"]) == (2, {"area_incomplete": 1})
    rows = landed("temporary_assistance").select("hukou_area_code", "residence_area_code").rows()
    assert rows == [(None, "339900001001"), ("339900001001", "outside")]


def test_a_name_with_a_private_use_character_is_reported_and_kept() -> None:
    divisions()
    event = take_one([grant(1, 姓名="张\ue843")])
    assert event["rows_good"] == 1
    assert ["私用区" in warning for warning in event["warnings"]] == [True]


def test_an_empty_list_is_a_delivery_of_its_month() -> None:
    divisions()
    event = take_one([])
    assert (event["event"], event["months"], event["rows_by_month"]) == ("landed", ["2025-06"], {"2025-06": 0})
    assert landed("temporary_assistance").is_empty()


def test_a_new_department_that_delivers_a_known_table_needs_one_file_and_nothing_else(
    fresh_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fresh_settings / "departments"
    shutil.copytree(settings().departments, folder)
    (folder / "prison.yml").write_text(
        """
department: prison
label: 监狱管理局
extracts:
  - name: inmates
    label: 服刑人员
    table: custody
    reader: csv
    files: "服刑*.csv"
    month: {column: report_month}
    cadence: monthly
    rows: [0, 1000]
    constants: {custody_type_code: 服刑}
    columns:
      report_month: [报送月份]
      id_number: [证号]
      person_name: [名字]
      custody_start_date: [收监日]
""",
        encoding="utf-8",
    )
    monkeypatch.setenv("JIUZHU_DEPARTMENTS", str(folder))
    settings.cache_clear()
    text_file(
        "服刑6月.csv", [["报送月份", "证号", "名字", "收监日"], ["202506", number(), "张三", "20250102"]], "prison"
    )
    assert take()["服刑6月.csv"]["event"] == "landed"
    [row] = landed("custody").to_dicts()
    assert (row["department_code"], row["custody_type_code"], row["custody_start_date"]) == (
        "prison",
        "sentence",
        date(2025, 1, 2),
    )


def test_a_delivery_that_spans_months_lies_in_each_of_them() -> None:
    divisions()
    rows = [
        [f"2025年{month}月", number(serial=month), f"张{month}", "甲街道", "望湖社区", f"2025-0{month}-01", ""]
        for month in (4, 5, 6)
    ]
    text_file("死亡注销.csv", [DEATH_HEADERS, *rows], "public_security")
    event = take()["死亡注销.csv"]
    assert event["rows_by_month"] == {"2025-04": 1, "2025-05": 1, "2025-06": 1}
    assert [path.parent.name for path in ledger.landed_files("deaths")] == [
        "month=2025-04",
        "month=2025-05",
        "month=2025-06",
    ]


def test_no_name_number_or_address_is_found_in_anything_that_landing_leaves() -> None:
    divisions()
    name, right, wrong = "金丝雀某某", number(serial=77), "339900195001010779"
    grants(
        [
            grant(1, 姓名=name, 身份证号=right),
            grant(2, 姓名=name, 身份证号=wrong),
            grant(3, 身份证号=int(right[:17] + "0")),
        ]
    )
    headers = [
        "家庭编号",
        "户主姓名",
        "户主身份证号",
        "银行账号",
        "联系电话",
        "家庭住址",
        "街道",
        "村(社区)",
        "批准日期",
    ]
    household = [
        "JT金丝雀1",
        name,
        right,
        "6228480000000000777",
        "13900000777",
        "金丝雀路 7 号",
        "甲街道",
        "望湖社区",
        "2025-01-01",
    ]
    workbook("低保花名册202506.xlsx", {"家庭": [["2025年6月"], headers, household], "成员": [["2025年6月"]]})
    events = take()
    assert events["临时救助台账2025年6月.xlsx"]["rows_good"] == 3
    values = (name, right, wrong, right[:15], *household[:1], *household[3:6])
    elsewhere = [settings().inbox, settings().archive]
    searched = 0
    for file in settings().data.rglob("*"):
        if file.is_file() and not any(folder in file.parents for folder in elsewhere):
            frames = [str(pl.read_parquet(file).rows())] if file.suffix == ".parquet" else []
            content = file.read_bytes().decode("utf-8", "replace") + "".join(frames)
            assert not [value for value in values if value in content], file
            searched += 1
    assert searched > 5
    assert not [value for value in values if value in json.dumps(list(events.values()), ensure_ascii=False)]
    with open_vault(load_keys().vault) as vault:
        assert name in vault.people()["person_name"].to_list()


def test_a_night_that_died_before_its_line_is_taken_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    divisions()
    grants([grant(1)])
    real = ledger.append
    monkeypatch.setattr(ledger, "append", lambda *events: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        take()
    assert ledger.landed_files("divisions") == []
    monkeypatch.setattr(ledger, "append", real)
    assert {event["event"] for event in take().values()} == {"landed"}
    assert landed("divisions").height == len(PLACES)


def test_what_landed_before_a_column_was_declared_is_loaded_with_the_column_empty() -> None:
    divisions()
    grants([grant(1)], month="2025年5月")
    grants([grant(2)])
    take()
    old, new = sorted(settings().landing.glob("temporary_assistance/*/*.parquet"))
    pl.read_parquet(old).drop("residence_area_code", "person_key").write_parquet(old)
    warehouse = settings().work / "warehouse.duckdb"
    warehouse.parent.mkdir(parents=True)
    load(warehouse, date(2025, 6, 1))
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select report_month, residence_area_code, person_key is null from raw.temporary_assistance order by all"
        ).fetchall()
    assert rows == [(date(2025, 5, 1), None, True), (date(2025, 6, 1), "339900001001", False)]
    pl.read_parquet(new).drop("residence_area_code").write_parquet(new)
    warehouse.unlink()
    load(warehouse, date(2025, 6, 1))  # no file of the table has it
