"""A new department that delivers a known table is one YAML file: everything else learns of it by itself."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import fastexcel
import pytest

from flows import corrections
from flows.check import check_file
from flows.declarations import departments
from flows.land import land
from flows.lateness import missing
from flows.ledger import Event, ledger
from flows.originals import values
from flows.receive import pending
from flows.settings import DEPARTMENTS, settings
from flows.start import start
from tests.small import divisions, grant, grants, landed, number, open_door, text_file

CHARITY = """
department: charity_federation
label: 慈善联合会
extracts:
  - name: emergency_grants
    label: 急难救助明细
    table: temporary_assistance
    reader: csv
    encoding: gb18030
    files: "急难救助*.csv"
    month: {column: report_month}
    cadence: monthly
    deadline_days: 10
    rows: [0, 1000]
    units: {grant_amount_yuan: 万元}
    columns:
      report_month: [所属期]
      id_number: [受助人证件号码]
      person_name: [受助人]
      residence_street_name: [所在镇街]
      residence_village_name: [所在村居]
      decision_date: [拨付日]
      grant_reason_code: [事由]
      grant_amount_yuan: [资助额]
"""
CHARITY_HEADERS = ["资助额", "事由", "拨付日", "所在村居", "所在镇街", "受助人", "受助人证件号码", "所属期"]
HOSPITAL = """
department: hospital
label: 示范医院
extracts:
  - name: deceased
    label: 院内死亡名单
    table: deaths
    reader: csv
    files: "院内死亡*.csv"
    month: {column: report_month}
    cadence: monthly
    rows: [0, 1000]
    columns:
      report_month: [出院月份]
      id_number: [证件号]
      person_name: [病人姓名]
      death_date: [死亡时间]
"""


def charity_row(serial: int, name: str = "张三", **cells: str) -> list[str]:
    row = dict(
        zip(
            CHARITY_HEADERS,
            ["0.35", "突发疾病", "2025/6/9", "望湖社区", "甲街道", name, number(serial=serial), "2025年6月"],
            strict=True,
        )
    )
    return list((row | cells).values())


@pytest.fixture
def files(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Add two departments to a copy of the declared ones: nothing but their YAML is written."""
    open_door(monkeypatch)
    folder = fresh_settings / "departments"
    shutil.copytree(DEPARTMENTS, folder)
    (folder / "charity_federation.yml").write_text(CHARITY, encoding="utf-8")
    (folder / "hospital.yml").write_text(HOSPITAL, encoding="utf-8")
    monkeypatch.setenv("JIUZHU_DEPARTMENTS", str(folder))
    settings.cache_clear()
    return folder


def take() -> dict[str, Event]:
    return {event["file_name"]: event for event in land(pending())}


def test_the_departments_there_were_are_all_still_there(files: Path) -> None:
    before = {path.stem for path in DEPARTMENTS.glob("*.yml")}
    assert set(departments()) == before | {"charity_federation", "hospital"}
    assert not {"charity_federation", "hospital"} & before, "they are new"


def test_its_file_is_landed_under_its_code_with_its_headers_its_encoding_and_its_unit(files: Path) -> None:
    divisions()
    rows = [charity_row(1), charity_row(2, "李四", 资助额="1.2万元", 所在村居="新桥二村")]
    text_file("急难救助202506.csv", [CHARITY_HEADERS, *rows], "charity_federation", "gb18030")
    event = take()["急难救助202506.csv"]
    assert (event["event"], event["encoding"], event["rows_good"]) == ("landed", "gb18030", 2)
    assert event["department_code"] == "charity_federation"
    found = landed("temporary_assistance").select(
        "department_code",
        "report_month",
        "decision_date",
        "grant_reason_code",
        "grant_amount_yuan",
        "residence_area_code",
        "id_status_code",
    )
    month, day = date(2025, 6, 1), date(2025, 6, 9)
    assert found.rows() == [
        ("charity_federation", month, day, "illness", Decimal("3500.00"), "339900001001", "valid"),
        ("charity_federation", month, day, "illness", Decimal("12000.00"), "339900001003", "valid"),
    ]


def test_it_shares_its_table_with_the_department_that_delivered_it_before(files: Path) -> None:
    divisions()
    grants([grant(1), grant(2)])
    text_file("急难救助202506.csv", [CHARITY_HEADERS, charity_row(1)], "charity_federation", "gb18030")
    take()
    rows = landed("temporary_assistance")
    assert sorted(rows["department_code"]) == ["charity_federation", "civil_affairs", "civil_affairs"]
    keys = dict(rows.filter(rows["source_row_number"] < 4).select("department_code", "person_key").rows())
    assert keys["charity_federation"] == keys["civil_affairs"], "one number is one person, whoever sends it"


def test_it_need_not_deliver_what_its_table_does_not_require(files: Path) -> None:
    divisions()
    row = ["2025年6月", number(), "张三", "2025-06-01"]
    headers = ["出院月份", "证件号", "病人姓名", "死亡时间"]
    text_file("院内死亡6月.csv", [headers, row], "hospital", "gb18030")
    take()
    [death] = landed("deaths").to_dicts()
    assert (death["department_code"], death["death_date"], death["hukou_area_code"]) == (
        "hospital",
        date(2025, 6, 1),
        None,
    )


def test_it_gets_a_template_with_its_headers_and_a_guide(files: Path) -> None:
    written = start()
    path = settings().inbox / "charity_federation" / "模板_急难救助.xlsx"
    assert path in written
    assert settings().inbox / "hospital" / "模板_院内死亡.xlsx" in written
    book = fastexcel.read_excel(path)
    [form, guide] = [
        book.load_sheet(name, header_row=None, dtypes="string").to_polars().rows() for name in book.sheet_names
    ]
    assert sorted(form[0]) == sorted(CHARITY_HEADERS)
    assert guide[0][0] == "慈善联合会 · 急难救助明细"
    assert [row[5] for row in guide if row[1] == "资助额"] == ["万元"]
    assert pending() == [], "a template is no delivery"


def test_it_can_check_its_file_before_it_sends_it(files: Path) -> None:
    divisions()
    take()
    rows = [charity_row(1), charity_row(2, 拨付日="前天")]
    report = check_file(text_file("急难救助202506.csv", [CHARITY_HEADERS, *rows], "charity_federation", "gb18030"))
    assert (report.department, report.extract, report.table) == (
        "charity_federation",
        "emergency_grants",
        "temporary_assistance",
    )
    assert (report.exit_code, report.rows_good, report.rows_rejected) == (1, 1, 1)
    assert [(each.row, each.column) for each in report.rejects] == [(3, "审批日期")]


def test_its_corrections_go_back_to_it_and_its_cells_are_found_again(files: Path) -> None:
    divisions()
    rows = [charity_row(1), charity_row(2, 拨付日="前天")]
    text_file("急难救助202506.csv", [CHARITY_HEADERS, *rows], "charity_federation", "gb18030")
    event = take()["急难救助202506.csv"]
    [(path, count)] = corrections.write("慈善联合会").items()
    assert (path.name, count) == ("更正清单_慈善联合会.xlsx", 1)
    assert values(event, [("", 3, "审批日期")]) == ["前天"]


def test_a_month_it_does_not_send_is_missed(files: Path) -> None:
    divisions()
    text_file("急难救助202506.csv", [CHARITY_HEADERS, charity_row(1)], "charity_federation", "gb18030")
    take()
    events = [event | {"received_at": "2025-07-05T18:00:00+00:00"} for event in ledger()]
    late = [(each.department, each.extract, each.month) for each in missing(events, date(2025, 8, 20))]
    assert late == [("charity_federation", "emergency_grants", "2025-07")]


def test_a_file_it_did_not_declare_is_turned_away_with_what_it_may_send(files: Path) -> None:
    text_file("捐赠.csv", [["x"]], "charity_federation")
    [each] = pending()
    assert (
        each.problem == "charity_federation/捐赠.csv: 慈善联合会没有报表收这个文件名(现收 急难救助*.csv);请改名或补声明"
    )
