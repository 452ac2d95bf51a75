"""The worklist: who may see names, why, and what the log says of it; and the way back of what is filled in."""

import json
import re
import shutil
import stat
import zipfile
from datetime import date
from pathlib import Path
from uuid import UUID
from xml.sax.saxutils import escape

import duckdb
import polars as pl
import pytest

from flows import worklist
from flows.declarations import extracts
from flows.errors import ReleaseError, SettingsError
from flows.keys import load_keys
from flows.land import land
from flows.receive import pending
from flows.settings import settings
from flows.vault import PEOPLE, open_vault
from tests.conftest import Night
from tests.published import AREAS, RUN, publish, write_database
from tests.small import number, open_door
from tests.test_faults_found import faults, person_key

PERSONS = {at: (f"金丝雀{word}", number(serial=700 + at)) for at, word in enumerate("甲乙丙丁", start=1)}
# The village of each: two of 甲街道, one of 乙街道, one whose lead is settled.
VILLAGES = {1: "339900001001", 2: "339900001002", 3: "339900002001", 4: "339900001001"}


def key(at: int) -> UUID:
    return UUID(int=at)


@pytest.fixture
def released(fresh_settings: Path) -> Path:
    """Publish a small release with four leads of one rule, whose persons the vault knows."""
    release = publish(settings().data)
    path = release / "analyst.duckdb"
    path.unlink()
    leads = [
        {
            "finding_id": f"f{at}",
            "rule_code": "shared_account",
            "rule_name": "无关家庭同一账户",
            "person_key": str(key(at)),
            "first_month": date(2025, 4, 1),
            "due_date": date(2025, 5, 12),
            "hukou_area_code": "outside" if at == 2 else village,
            "residence_area_code": village,
            "finding_status_code": "stopped" if at == 4 else "triggered",
        }
        for at, village in VILLAGES.items()
    ]
    evidence = [
        {
            **{name: lead[name] for name in ("finding_id", "rule_code", "person_key")},
            "month": date(2025, month, 1),
            "programme_code": "dibao",
            "household_key": None,
            "evidence_table": "payments",
            "evidence_amount_yuan": 900.5,
            "overpaid_amount_yuan": None,
        }
        for lead in leads
        for month in (4, 5)
    ]
    parents = {name: code for code, name, *_ in AREAS}
    tables = {
        "dim_finding_rules": [
            {"rule_code": "shared_account", "rule_name": "无关家庭同一账户"},
            {"rule_code": "two_households", "rule_name": "同一项目同月在两户"},
        ],
        "dim_areas": [
            {"area_code": code, "area_name": name, "level_code": level, "is_current": True}
            for code, name, _, level, *_ in AREAS
        ],
        "dim_area_ancestors": [
            {"area_code": code, "ancestor_area_code": parents[parent]} for code, _, parent, *_ in AREAS if parent
        ],
        "dim_programmes": [{"programme_code": "dibao", "programme_name": "低保"}],
        "fct_findings": leads,
        "fct_finding_evidence": evidence,
    }
    write_database(path, tables)
    with duckdb.connect(str(path)) as connection:
        for name in ("fct_findings", "fct_finding_evidence"):
            connection.execute(f"alter table {name} alter person_key type uuid")
    with open_vault(load_keys().vault) as vault:
        rows = [(key(at).bytes, id_number, name, "valid", "a.b.c", 1) for at, (name, id_number) in PERSONS.items()]
        vault.add(pl.DataFrame(rows, schema=PEOPLE, orient="row"), pl.DataFrame())
    return path


def texts(path: Path) -> str:
    with zipfile.ZipFile(path) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def fill_in(path: Path, place: Path, cells: dict[str, str]) -> None:
    """Save a copy of a worklist with words in its empty cells, as a case worker's Excel would."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(place, "w") as filled:
        for name in book.namelist():
            content = book.read(name).decode()
            if name.endswith("sheet1.xml"):
                for cell, word in cells.items():
                    content, count = re.subn(
                        rf'<c r="{cell}"( s="\d+")?/>',
                        rf'<c r="{cell}"\1 t="inlineStr"><is><t>{escape(word)}</t></is></c>',
                        content,
                    )
                    assert count == 1, cell
            filled.writestr(name, content)


def test_a_worklist_holds_the_open_leads_of_the_street_and_is_for_its_owner_only(released: Path) -> None:
    path, count = worklist.write("shared_account", "甲街道", "六月核查")
    assert (path.parent, count) == (settings().worklists, 2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    written = texts(path)
    for at, (name, id_number) in PERSONS.items():
        assert (name in written, id_number in written) == ((True, True) if at < 3 else (False, False))
        assert name not in path.name
    assert "sheetProtection" in written
    assert all(word in written for word in ("核实属实", "排除", "已停发", "渐退", "登记有误"))
    # A second list of the same does not overwrite the first, which may be half filled in.
    assert worklist.write("无关家庭同一账户", "339900001000", "再出一份")[0] != path


@pytest.mark.parametrize(
    ("rule", "street", "reason", "sentence"),
    [
        ("shared_account", "甲街道", "  ", "--reason 不能为空"),
        ("no_such_rule", "甲街道", "核查", "规则 no_such_rule: 没有这一个;现有 无关家庭同一账户"),
        ("shared_account", "丙街道", "核查", "--street 丙街道: 没有这一个;现有 甲街道"),
        ("two_households", "甲街道", "核查", "没有未办结的线索"),
        ("shared_account", "甲街道", "查金丝雀甲的账户", "理由里有名单上的人"),
    ],
)
def test_what_cannot_be_listed_is_a_sentence_and_neither_file_nor_log(
    released: Path, rule: str, street: str, reason: str, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(sentence)) as raised:
        worklist.write(rule, street, reason)
    assert not any(name in str(raised.value) for name, _ in PERSONS.values())
    assert not settings().worklists.exists()
    assert worklist.verify_log() == 0


def test_without_a_release_the_key_or_the_vault_there_is_no_list(released: Path, tmp_path: Path) -> None:
    settings().vault_key.rename(tmp_path / "away")
    with pytest.raises(SettingsError, match="密钥不在"):
        worklist.write("shared_account", "甲街道", "核查")
    (tmp_path / "away").rename(settings().vault_key)
    settings().vault.unlink()
    with pytest.raises(SettingsError, match="保险库不在"):
        worklist.write("shared_account", "甲街道", "核查")
    (settings().releases / "current").unlink()
    with pytest.raises(ReleaseError, match="还没有发布过"):
        worklist.write("shared_account", "甲街道", "核查")
    assert not settings().worklists.exists()


def test_a_list_goes_elsewhere_only_where_it_is_told_to_and_never_over_another_or_into_a_release(
    released: Path, tmp_path: Path
) -> None:
    place = tmp_path / "清单.xlsx"
    assert worklist.write("shared_account", "甲街道", "核查", place)[0] == place
    assert not settings().worklists.exists()
    for wrong in (place, settings().releases / RUN / "清单.xlsx", tmp_path / "清单.csv"):
        with pytest.raises(SettingsError):
            worklist.write("shared_account", "甲街道", "核查", wrong)
    assert worklist.verify_log() == 1


def tampered(lines: list[str], how: str) -> list[str]:
    if how == "reason changed":
        return [lines[0].replace("第一次", "第二次"), *lines[1:]]
    if how == "last line changed":
        return [*lines[:-1], lines[-1].replace('"rows": 2', '"rows": 1')]
    if how == "line taken out":
        return [lines[0], *lines[2:]]
    if how == "order changed":
        return [lines[1], lines[0], lines[2]]
    return [*lines, lines[-1]]


@pytest.mark.parametrize(
    ("how", "place"),
    [
        ("reason changed", 1),
        ("last line changed", 3),
        ("line taken out", 2),
        ("order changed", 1),
        ("line repeated", 4),
    ],
)
def test_a_log_that_was_changed_is_found_out_at_the_line_and_nothing_is_added_to_it(
    released: Path, how: str, place: int
) -> None:
    for reason in ("第一次", "又一次", "再一次"):
        worklist.write("shared_account", "甲街道", reason)
    assert worklist.verify_log() == 3
    log = settings().vault.parent / "worklists.jsonl"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert not any(value in log.read_text("utf-8") for person in PERSONS.values() for value in person)
    log.write_text("\n".join(tampered(log.read_text("utf-8").splitlines(), how)) + "\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=f"第 {place} 行与写下时不符"):
        worklist.verify_log()
    before = len(list(settings().worklists.iterdir()))
    with pytest.raises(SettingsError, match="与写下时不符"):
        worklist.write("shared_account", "甲街道", "第四次")
    assert len(list(settings().worklists.iterdir())) == before


def test_a_list_that_is_filled_in_lands_with_its_numbers_and_says_nothing_of_what_is_left_open(
    released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_door(monkeypatch)
    path, _ = worklist.write("shared_account", "甲街道", "六月核查")
    department = next(department for department, extract, _ in extracts() if extract.name == "finding_decisions")
    place = settings().inbox / department.department / path.name
    fill_in(path, place, {"F5": "排除", "G5": "同一家庭", "H5": "2025-07-02", "I5": "言若木"})
    [event] = land(pending())
    assert (event["event"], event["rows_good"], event["rows_rejected"], event["warnings"]) == ("landed", 2, 0, [])
    [file] = (settings().landing / "finding_decisions").rglob("*.parquet")
    rows = pl.read_parquet(file).sort("finding_id")
    assert rows["finding_id"].to_list() == ["f1", "f2"]
    assert rows["rule_code"].to_list() == ["shared_account"] * 2
    assert rows["decision_code"].to_list() == ["cleared", None]
    assert rows["decision_reason_code"].to_list() == ["same_family", None]
    assert rows["decided_date"].to_list() == [date(2025, 7, 2), None]
    assert "言若木" not in str(rows.to_dicts())


@pytest.mark.xdist_group("night")
def test_from_the_files_to_a_worklist_and_back_the_status_of_a_lead_moves(night: Night, tmp_path: Path) -> None:
    from tests.conftest import make_night

    later = make_night(tmp_path)
    shutil.copytree(night.keys, later.keys)
    for name in ("landing", "vault"):
        shutil.copytree(night.data / name, later.data / name)
    current = (night.data / "releases" / "current").resolve()
    shutil.copytree(current, later.data / "releases" / current.name)
    (later.data / "releases" / "current").symlink_to(current.name)

    [open_lead] = [
        row
        for row in later.sql("select * from fct_findings where rule_code = 'shared_account'")
        if row["finding_status_code"] == "triggered"
    ]
    [street] = later.sql(
        "select area_name from dim_area_ancestors as a inner join dim_areas as s on s.area_code = a.ancestor_area_code "
        f"where a.area_code = '{open_lead['hukou_area_code']}' and s.level_code = 'street' and s.is_current"
    )
    said = later.run("worklist", "shared_account", "--street", street["area_name"], "--reason", "六月核查")
    [path] = (later.data / "worklists").iterdir()
    [planted] = [
        fault
        for fault in faults(night, "shared_account")
        if person_key(night, fault["id_number"]) == open_lead["person_key"]
    ]
    assert planted["person_name"] in texts(path)
    assert planted["id_number"] in texts(path)
    assert planted["person_name"] not in said
    assert "1 条线索" in said

    department = next(department for department, extract, _ in extracts() if extract.name == "finding_decisions")
    place = later.data / "inbox" / department.department / path.name
    fill_in(path, place, {"F5": "已停发", "H5": "2025-06-27", "I5": "言若木"})
    later.run("nightly")
    [row] = later.sql(f"select * from fct_findings where finding_id = '{open_lead['finding_id']}'")
    assert (row["finding_status_code"], row["decided_date"]) == ("stopped", "2025-06-27")
    assert "核查清单日志完好:1 条" in later.run("worklist", "--verify-log")
    entry = json.loads((later.data / "vault" / "worklists.jsonl").read_text("utf-8"))
    assert (entry["rule_code"], entry["reason"], entry["rows"]) == ("shared_account", "六月核查", 1)
